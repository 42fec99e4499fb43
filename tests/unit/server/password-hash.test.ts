import { expect, it } from 'vitest'
import { makePasswordHasher } from '#server/accounts/password-hash.ts'

it('[TR-19] two passwords are hashed at once, sixteen wait, and whoever comes then is told to come again', async () => {
  const hasher = makePasswordHasher(Buffer.alloc(32))
  const all = await Promise.all(Array.from({ length: 30 }, () => hasher.verify(null, 'any')))
  expect(all.filter((one) => one.ok)).toHaveLength(18)
  expect(all.filter((one) => !one.ok && one.reason === 'busy')).toHaveLength(12)
  expect(await hasher.verify(null, 'any')).toEqual({ ok: true, value: 'no' })
})

it('[TR-18] what is kept of a password is Argon2id at 19 MiB and two passes, another each time, and opens with it alone', async () => {
  const hasher = makePasswordHasher(Buffer.alloc(32, 1))
  const [one, two] = [await hasher.hash('桥头那棵老槐树'), await hasher.hash('桥头那棵老槐树')]
  if (!one.ok || !two.ok) throw new Error('busy')
  expect(one.value).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(one.value).not.toBe(two.value)
  expect(await hasher.verify(one.value, '桥头那棵老槐树')).toEqual({ ok: true, value: 'yes' })
  expect(await hasher.verify(one.value, '桥头那棵老槐')).toEqual({ ok: true, value: 'no' })
  expect(await makePasswordHasher(Buffer.alloc(32, 2)).verify(one.value, '桥头那棵老槐树')).toEqual({
    ok: true,
    value: 'no',
  })
  const later = makePasswordHasher(Buffer.alloc(32, 2), [Buffer.alloc(32, 3), Buffer.alloc(32, 1)])
  expect(await later.verify(one.value, '桥头那棵老槐树')).toEqual({ ok: true, value: 'former' })
  expect(await later.verify(one.value, '桥头那棵老槐')).toEqual({ ok: true, value: 'no' })
})
