import * as v from 'valibot'
import { LawReferenceSchema } from '../law/citation.ts'
import { HelperSchema } from './helper.ts'

/** Pictures beside the evidence words; every screen draws its own sign for each. */
const EVIDENCE_ICONS = [
  'camera',
  'people',
  'receipt',
  'image',
  'paper',
  'phone',
  'bank',
  'chat',
  'calendar',
  'video',
  'medical',
  'pen',
  'map',
  'id',
  'box',
  'land',
  'money',
] as const
export type EvidenceIcon = (typeof EVIDENCE_ICONS)[number]

const Line = v.pipe(v.string(), v.trim(), v.minLength(2))

/** The one-sentence answer, before everything else. */
const AnswerBlock = v.object({ kind: v.literal('answer'), text: Line })
/** Shown above the answer when a person may be in danger now. */
const DangerBlock = v.object({
  kind: v.literal('danger'),
  text: Line,
  call: v.picklist(['110', '120']),
})
/** What not to do, then what to do in order. */
const StepsBlock = v.object({ kind: v.literal('steps'), donts: v.array(Line), steps: v.array(Line) })
const EvidenceBlock = v.object({
  kind: v.literal('evidence'),
  items: v.array(v.object({ icon: v.picklist(EVIDENCE_ICONS), label: Line })),
})
/** Each citation with one plain sentence of our own, never the statute's words. */
const BasisBlock = v.object({
  kind: v.literal('basis'),
  citations: v.array(
    v.object({
      ...LawReferenceSchema.entries,
      /** 《民法典》第二百九十条, written out by the compiler. */
      title: v.string(),
      plain: Line,
    }),
  ),
})
const HelpBlock = v.object({ kind: v.literal('help'), slots: v.array(HelperSchema) })
/** An invented story, one paragraph each; always shown with the note that it is made up. */
const StoryBlock = v.object({ kind: v.literal('story'), paragraphs: v.array(Line) })

export const BlockSchema = v.variant('kind', [
  AnswerBlock,
  DangerBlock,
  StepsBlock,
  EvidenceBlock,
  BasisBlock,
  HelpBlock,
  StoryBlock,
])
export type Block = v.InferOutput<typeof BlockSchema>
export type BlockOf<K extends Block['kind']> = Extract<Block, { kind: K }>
