import * as v from 'valibot'

/**
 * Who can help. People of the place (`phone: null`) are filled in from the village's own list when shown;
 * the rest are national numbers, public knowledge for years: 12348 法律服务, 12333 人社, 12315 市场监管, 12338 妇联,
 * 12345 政务服务, 96110 反诈, 122 交通事故, 120 急救, 110 报警.
 */
export const HELPERS = [
  { id: 'mediator', name: '村里调解员', does: '两家有事，请来说和', phone: null },
  { id: 'understander', name: '法律明白人', does: '想问问法律怎么说', phone: null },
  { id: 'justice-office', name: '镇司法所', does: '村里说不成，请镇上帮忙', phone: null },
  { id: 'legal-aid', name: '县法律援助中心', does: '请不起律师，来这里申请', phone: null },
  { id: 'village', name: '村委会', does: '开证明，帮着劝', phone: null },
  { id: 'township', name: '镇政府', does: '地界、宅基地的事', phone: null },
  { id: '12348', name: '12348', does: '法律热线，打电话问', phone: '12348' },
  { id: '12333', name: '12333', does: '工钱、社保，找人社', phone: '12333' },
  { id: '12315', name: '12315', does: '买东西吃亏，投诉', phone: '12315' },
  { id: '12338', name: '12338', does: '妇联热线，帮妇女和孩子', phone: '12338' },
  { id: '12345', name: '12345', does: '政府热线，不知找谁就打它', phone: '12345' },
  { id: '96110', name: '96110', does: '反诈热线，问是不是骗子', phone: '96110' },
  { id: '122', name: '122', does: '出了车祸，报警', phone: '122' },
  { id: '120', name: '120', does: '有人受伤，叫救护车', phone: '120' },
  { id: '110', name: '110', does: '有人动手、有危险，报警', phone: '110' },
] as const

export type HelperId = (typeof HELPERS)[number]['id']
export const HelperSchema = v.picklist(HELPERS.map((one) => one.id))

/** The entry of a helper id. */
export function helperOf(id: HelperId): (typeof HELPERS)[number] {
  const found = HELPERS.find((one) => one.id === id)
  if (!found) throw new Error('helperOf: unknown helper')
  return found
}
