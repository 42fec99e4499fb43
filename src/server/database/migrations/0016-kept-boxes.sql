-- A box that is opened later is the same op as ever: under what it was first made belongs to it.
ALTER TABLE dropbox ADD COLUMN as_device bigint, ADD COLUMN as_n bigint;
