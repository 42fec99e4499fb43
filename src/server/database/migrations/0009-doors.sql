-- What belongs to a dispute stands behind its door. Runs as mb_owner.

-- Meetings and attachments by what they belong to: asked only when a door is closed.
CREATE INDEX record_by_parent ON record (county, (coalesce(body ->> 'dispute', body -> 'of' ->> 1))) WHERE kind IN ('meeting', 'attachment');
