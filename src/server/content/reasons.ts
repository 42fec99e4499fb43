import { LIMITS } from '#domain/content/plain-language.ts'
import type { ItemReason } from '#domain/content/check-item.ts'
import type { ParseReason } from './parse-item.ts'

export type LoadReason =
  | ItemReason
  | ParseReason
  | 'law-malformed'
  | 'law-duplicate'
  | 'successor-unknown'
  | 'slug-not-file-name'
  | 'slug-duplicate'
  | 'code-duplicate'
  | 'calendar-malformed'
  | 'calendar-gap'
  | 'calendar-item-unknown'
  | 'folder-unreadable'

/** What went wrong in one file: `text` is the place or the words it is about. */
export type LoadFault = { file: string; reason: LoadReason; text: string }

/** One sentence for every reason: what is wrong, and what to do. */
const SENTENCES: Record<LoadReason, string> = {
  'front-matter-missing': '开头没有用 --- 围起来的说明，请照别的文件补上。',
  'front-matter-malformed': '开头的说明这一项不对，请照别的文件改。',
  'block-unknown':
    '不认识这个小标题，只能用：先保平安、一句话、怎么办、留好这些、法律怎么说、谁能帮你、故事。',
  'block-twice': '这个小标题写了两次，请合成一个。',
  'block-malformed': '这一块的内容不完整或写错了，请对照别的文件改。',
  'citation-malformed': '法律依据要写成“法律@版本#条”，比如 minfadian@2020-05-28#290。',
  'law-unknown': '法律登记里没有这部法律，请先在 seeds/laws 登记。',
  'version-unknown': '法律登记里没有这个版本，请核对日期。',
  'version-repealed': '这个版本已经失效，请换成现行版本并核对条号。',
  'version-not-in-force': '这个版本还没有施行，请等施行后再用。',
  'article-beyond-last': '这部法律没有这一条，请核对条号。',
  'answer-missing': '缺少“一句话”，请补上回答。',
  'steps-missing': '缺少“怎么办”，请补上步骤。',
  'basis-missing': '缺少“法律怎么说”，请至少写一条依据。',
  'help-missing': '缺少“谁能帮你”，请至少写一个能找的人。',
  'danger-without-call': '有危险的事，“谁能帮你”第一个要写报警或急救电话。',
  'danger-sent-to-talks': '有危险的事不请两边坐下来谈，请去掉调解员。',
  'title-not-question': '题目要写成一句问话，以问号结尾。',
  'title-too-long': `题目最多 ${LIMITS.title} 个字，请缩短。`,
  'answer-too-long': `回答最多 ${LIMITS.answer} 个字，请缩短。`,
  'step-too-long': `每一步最多 ${LIMITS.step} 个字，请缩短或分成两步。`,
  'step-without-verb': '每一步要用动作开头，比如“拍”“写”“找”。',
  'dont-not-a-dont': '提醒不要做的事，要用“别”开头。',
  'steps-wrong-number': '要有一到两条“别”，三到五步做法。',
  'sentence-too-long': `一句话最多 ${LIMITS.sentence} 个字，请断开。`,
  'sentences-too-long-on-average': `整篇平均每句不超过 ${LIMITS.averageSentence} 个字，请写短些。`,
  officialese: '这是公文话，请换成平常话。',
  'too-many-legal-terms': '这一段里法律词太多，请在词后面用括号讲明白，或换成平常话。',
  'exclamation-mark': '不用感叹号，请改成句号。',
  'evidence-label-too-long': `证据的名字最多 ${LIMITS.evidence} 个字，请缩短。`,
  'basis-too-long': `解释依据的话最多 ${LIMITS.plain} 个字，请缩短。`,
  'story-wrong-length': `故事要 ${LIMITS.story[0]} 到 ${LIMITS.story[1]} 个字。`,
  'law-malformed': '法律登记这一项不对，请照别的文件改。',
  'law-duplicate': '同一部法律的同一版本登记了两次，请去掉一个。',
  'successor-unknown': '接替它的版本没有登记，请补上。',
  'slug-not-file-name': '文件名要和 slug 一样，请改成一致。',
  'slug-duplicate': '这个 slug 已经有别的文件用了，请换一个。',
  'code-duplicate': '这个分享码已经有别的文件用了，请换一个。',
  'calendar-malformed': '日历这一项不对，请照别的行改。',
  'calendar-gap': '这一天没有季节，或有不止一个季节，请改日期。',
  'calendar-item-unknown': '日历里的这个 slug 没有对应的内容，请核对。',
  'folder-unreadable': '读不了这个文件夹或文件，请看看它在不在、能不能读。',
}

/** `seeds/content/x.md：这部法律没有这一条，请核对条号。（article-beyond-last：minfadian@2020-05-28#1261）` */
export const faultSentence = (fault: LoadFault): string =>
  `${fault.file}：${SENTENCES[fault.reason]}（${fault.reason}${fault.text === '' ? '' : `：${fault.text}`}）`
