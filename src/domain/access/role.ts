import * as v from 'valibot'
import type { Lane, View } from './lane.ts'

export const RoleSchema = v.picklist([
  'mediator',
  'understander',
  'clerk',
  'coordinator',
  'administrator',
  'auditor',
])
export type Role = v.InferOutput<typeof RoleSchema>

interface RoleRow {
  /** The grants a post of this role brings, each in the post's region. */
  grants: readonly { lanes: readonly Lane[]; view: View }[]
  /** Sees whole files that were escalated or submitted to the office. */
  opensOfficeFiles: boolean
  /** Keeps what it may see whole on the phone; the others read online, at the desk. */
  offline: boolean
  /** May sign in at a desk with password and second factor. */
  desk: boolean
  /** May invite people into the own region. */
  invites: boolean
}

/**
 * The role table. No role joins account administration with reading cases; understanders read no case file of others
 * (人民调解法 art. 15 keeps mediators silent; an understander who mediates holds that post as well).
 */
export const ROLES: Readonly<Record<Role, RoleRow>> = {
  mediator: {
    grants: [{ lanes: ['casework', 'outreach', 'register'], view: 'full' }],
    opensOfficeFiles: false,
    offline: true,
    desk: false,
    invites: false,
  },
  understander: {
    grants: [{ lanes: ['outreach', 'register'], view: 'full' }],
    opensOfficeFiles: false,
    offline: true,
    desk: false,
    invites: false,
  },
  clerk: {
    grants: [{ lanes: ['casework', 'outreach', 'register'], view: 'full' }],
    opensOfficeFiles: false,
    offline: true,
    desk: true,
    invites: false,
  },
  coordinator: {
    grants: [
      { lanes: ['casework'], view: 'skeleton' },
      { lanes: ['outreach', 'register'], view: 'full' },
    ],
    opensOfficeFiles: true,
    offline: false,
    desk: true,
    invites: true,
  },
  administrator: {
    grants: [{ lanes: ['register'], view: 'full' }],
    opensOfficeFiles: false,
    offline: false,
    desk: true,
    invites: true,
  },
  auditor: { grants: [], opensOfficeFiles: false, offline: false, desk: true, invites: false },
}
