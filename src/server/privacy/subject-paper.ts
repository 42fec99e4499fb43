import { PURPOSES, SEEN, WHAT_FOR } from '#domain/privacy/purposes.ts'
import { RETENTION } from '#domain/privacy/retention.ts'
import type { Kind } from '#domain/record/kind.ts'
import { html, type SafeHtml } from '../pages/html.ts'
import type { Given } from './subject.ts'

const KINDS: Readonly<Record<string, string>> = { dispute: '纠纷', lead: '有人找', service: '来问过' }

/** What fields are called on paper. */
const LABELS: Readonly<Record<string, string>> = {
  type: '纠纷类型',
  word: '什么事',
  topic: '什么事（自己的话）',
  facts: '经过',
  place: '地点',
  'parties.id': '编号',
  'parties.name': '姓名',
  'parties.kind': '个人还是单位',
  'idNumbers.id': '编号',
  'idNumbers.tail': '身份证号最后四位（全号另外锁着）',
  'idNumbers.agreedOn': '哪天同意记身份证号',
  source: '从哪里来的',
  happenedOn: '哪天发生',
  acceptedOn: '哪天受理',
  enteredAt: '什么时候记的',
  receivedAt: '什么时候交到服务器',
  paperNo: '本子上的号',
  stage: '办到哪一步',
  flags: '特别情形',
  rightsToldOn: '哪天念过权利',
  'consent.notice': '念的哪一版',
  'consent.on': '哪天念的',
  'consent.sensitive': '私事能不能记',
  'consent.guardian': '孩子的事大人同不同意',
  'consent.photos': '能不能拍照录音',
  'consent.hearers': '谁可以听',
  'agreement.form': '口头还是书面',
  'agreement.agreedOn': '哪天说好',
  'agreement.terms': '说好了什么',
  'agreement.performBy': '哪天办好',
  'agreement.amountYuan': '多少钱（元）',
  'agreement.signedOn': '哪天签的',
  failReason: '为什么没说好',
  settledOn: '哪天有结果',
  'performance.state': '办了没',
  'performance.on': '哪天看的',
  followUpDueOn: '下次回访',
  'followUps.id': '回访编号',
  'followUps.on': '哪天回访',
  'followUps.holds': '守没守住',
  'followUps.note': '回访看到的',
  'confirmation.status': '司法确认',
  'confirmation.on': '司法确认哪天',
  'review.state': '镇上看过没',
  'review.reason': '镇上的话',
  'review.on': '镇上哪天看的',
  closedOn: '哪天结案',
  'events.what': '做了什么',
  'events.on': '哪天做的',
  'events.at': '什么时候记下',
  'events.note': '当时记的话',
  about: '为什么事找',
  from: '谁找',
  phone: '电话',
  text: '说了什么',
  channel: '怎么来的',
  on: '哪天',
  outcome: '结果',
  dispute: '成了哪件纠纷',
  kind: '哪一类',
  asked: '问了什么',
  who: '谁问',
  answer: '怎么答复',
  content: '看了哪一篇',
}
const labelOf = (field: string): string => LABELS[field] ?? '其他'

const said = (value: unknown): string => {
  if (value === null || value === '') return '（没填）'
  if (value === true) return '是'
  if (value === false) return '否'
  return Array.isArray(value) ? value.map(said).join('、') : String(value)
}

/** Fields and values one by one, nested ones by a dot. */
function rowsOf(value: unknown, path: string): [field: string, value: string][] {
  const isList = Array.isArray(value) && value.some((one) => typeof one === 'object' && one !== null)
  if (isList) return (value as unknown[]).flatMap((one) => rowsOf(one, path))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, said(value)]]
  return Object.entries(value).flatMap(([name, one]) => rowsOf(one, path === '' ? name : `${path}.${name}`))
}

function section({ kind, id, fields, withheld }: Given): SafeHtml {
  const lines = PURPOSES[kind as Kind]
  const rows = rowsOf(fields, '').map(([field, value]) => {
    const line = lines[field]
    return html`<tr>
      <th scope="row">${labelOf(field)}</th>
      <td>${value}</td>
      <td>${line ? WHAT_FOR[line.for].zh : ''}</td>
      <td>${line ? SEEN[line.seen].zh : ''}</td>
      <td>${line ? RETENTION[line.kept].from.zh : ''}</td>
    </tr> `
  })
  const others = withheld.map(
    (field) => html`<li>${labelOf(field)}：${lines[field] ? WHAT_FOR[lines[field].for].zh : ''}</li> `,
  )
  return html`<h2>${KINDS[kind] ?? kind} ${id}</h2>
    <table>
      <thead>
        <tr>
          <th>记的是什么</th>
          <th>内容</th>
          <th>为什么记</th>
          <th>谁看得到</th>
          <th>留多久</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${
      withheld.length > 0
        ? html`<p>下面这些话里可能提到别人，不交给机器拣，请到司法所由工作人员念给您听：</p>
            <ul>
              ${others}
            </ul>`
        : null
    }`
}

/** The same as the data, to be read: what is written down of somebody, why, who sees it, for how long (个人信息保护法 arts. 44, 45, 48). */
export const subjectPaper = (name: string, day: string, given: readonly Given[]): string =>
  html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <title>个人信息查阅</title>
      </head>
      <body>
        <h1>${name}：记下了哪些</h1>
        <p>${day}。有记错的，跟办这件事的调解员说，由他改正并留下改动记录。</p>
        ${given.map(section)}
      </body>
    </html> `.markup
