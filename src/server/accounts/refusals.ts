import { Refusal } from '../routes/refusal.ts'

/** Why accounts say no: one sentence each, and nothing was changed. */
const SENTENCES = {
  'code-gone': [410, '这个码用不了：过期了、用过了，或者被收回了。请给你码的人再发一个。'],
  'not-kept': [409, '这里存不住东西，卡没有用掉。请用手机自带的浏览器再打开。'],
  gone: [410, '这个邀请已经不在了，请重新邀请。'],
  'other-words': [409, '词对不上，没有放行。请看一看是不是那部手机。'],
  'not-allowed': [403, '只能邀请自己管的地方的人，也不能给和自己一样或更高的职务。'],
  'no-such-region': [400, '地区表里没有这个地方。'],
  'no-such-person': [404, '没有这个人。'],
  'own-posts': [409, '自己的职务要请上级来结束。'],
  'duties-apart': [409, '管账号、查记录的人不能同时办案，请另找一位。'],
  'not-there': [404, '没有这部手机，或者不归你管。'],
  'not-yours': [403, '自己的手机要请别人来确认。'],
  wrong: [403, '名字、密码或者六位数字不对。'],
  busy: [503, '这会儿登录的人多，请过一会儿再试。'],
  'no-desk': [403, '你的职务不用在电脑上登录。'],
  'username-malformed': [400, '登录名用小写字母开头，3 到 30 个字母、数字、点或横线。'],
  'username-taken': [409, '这个登录名有人用了，请换一个。'],
  'totp-wrong': [400, '六位数字不对，请看验证器上现在的数字。'],
  'too-short': [400, '密码至少 12 个字。'],
  'too-long': [400, '密码最多 128 个字。'],
  'too-common': [400, '这个密码太常见，别人会先试它，请换一个。'],
  'too-uniform': [400, '这个密码太有规律，请换一个。'],
  guessable: [400, '密码里是你的名字、地名或者本站的名字，请换一个。'],
  'is-revoked': [409, '停用的手机不能再打开，请重新请它的主人进来。'],
  'has-left': [409, '离任的人的手机不能放开。要用，请把人重新请进来。'],
  'not-held': [409, '这部手机没有锁着。'],
  'no-factor': [409, '还没有设验证器。先在“电脑上登录”里设好，再来做这一步。'],
  'not-marked': [409, '这件没有标“有危险”。要看全，请调委会交到镇上来。'],
  'no-such-file': [404, '没有这一件，或者不归你管，或者没有标“有危险”。'],
  'gone-request': [404, '没有这个请求，或者已经有人答复了。'],
  'need-second': [409, '要另一位来同意，自己不能同意自己的。'],
  'no-demo': [404, '没有这个地址，或者没有这条记录。'],
} as const satisfies Record<string, readonly [number, string]>

export type AccountReason = keyof typeof SENTENCES

/** The refusal of a reason. */
export function refusalOf(reason: AccountReason): Refusal {
  const [status, sentence] = SENTENCES[reason]
  return new Refusal(status, reason, sentence, reason === 'busy' ? 5 : undefined)
}

/** The next try is heard in `waitMs` milliseconds. */
export const waitRefusal = (waitMs: number): Refusal =>
  new Refusal(429, 'wait', '错得多了，请过一会儿再试。', Math.ceil(waitMs / 1000))
