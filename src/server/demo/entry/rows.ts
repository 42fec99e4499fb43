import type { InHand } from './in-hand.ts'
import type { SignName } from './signs.ts'

/** One thing that waits for somebody on the entry page. */
export interface HandRow {
  sign: SignName
  tone: 'plain' | 'warn' | 'bad'
  word: string
  text: string
}

/** Three things for each of the four people, in their order on the page. `question` and `poster` come from the content. */
export function rowsOf(inHand: InHand, question: string | null, poster: string | null): HandRow[][] {
  const row = (sign: SignName, tone: HandRow['tone'], word: string, text: string): HandRow => ({
    sign,
    tone,
    word,
    text,
  })
  return [
    [
      row('clock', 'warn', '今天回访', inHand.followUp ?? '今天没有了'),
      row('eye', 'bad', '要你看', inHand.returned ?? '没有了'),
      row('question', 'plain', '有人找你', inHand.lead ?? '没有了'),
    ],
    [
      row('sprout', 'warn', '眼下都在问', question ?? '眼下没有'),
      row('search', 'plain', '查一查', '想问什么，写几个字'),
      row('image', 'plain', '发图片', '一张图发到村里群'),
    ],
    [
      row('chart', 'plain', '今年的数', `纠纷 ${inHand.disputes} 件，普法 ${inHand.sessions} 场`),
      row('report', 'plain', '看年报段落', `${inHand.reportYear} 年受理 ${inHand.reportDisputes} 件`),
      row('clock', 'warn', '自己的一件', inHand.ownCase ?? '今天没有了'),
    ],
    [
      row('scan', 'plain', '扫一扫', poster ?? '墙上的一张纸'),
      row('paper', 'plain', '看一遍', '先看一句话'),
      row('call', 'plain', '找人帮忙', '谁管，怎么打'),
    ],
  ]
}
