import { emptyFloor, floorPull, floorPush, floorQueries, floorRestart, floorSaves } from './floor.ts'
import {
  countWith,
  disputeEdit,
  enter,
  fieldEdits,
  handIn,
  later,
  look,
  protect,
  pullUntil,
  queries,
  firstList,
  restart,
  saves,
} from './phone.ts'
import { backInSignal, tenDays } from './ten-days.ts'

// What the bench calls from outside the page.
const bench = {
  emptyFloor,
  floorSaves,
  floorPush,
  floorPull,
  floorQueries,
  enter,
  saves,
  disputeEdit,
  fieldEdits,
  handIn,
  pullUntil,
  protect,
  look,
  later,
  countWith,
  queries,
  firstList,
  restart,
  floorRestart,
  tenDays,
  backInSignal,
}
Object.assign(globalThis, { bench })
