import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ESLint } from 'eslint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plantTree, ROOT, type PlantedTree } from '#tests/support/planted-tree.ts'

describe('lint of scripts', () => {
  const PLANTED: Readonly<Record<string, [text: string, rule: string]>> = {
    'src/domain/clock.ts': ['export const own = () => Date.now()\n', 'no-restricted-globals'],
    'src/domain/new-date.ts': ['export const own = () => new Date()\n', 'no-restricted-globals'],
    'src/domain/dice.ts': ['export const own = () => Math.random()\n', 'no-restricted-properties'],
    'src/sync/clock.ts': ['export const own = () => performance.now()\n', 'no-restricted-globals'],
    'src/sync/dice.ts': ['export const own = () => Math.random()\n', 'no-restricted-properties'],
    'src/sync/keys.ts': ['export const own = () => crypto.randomUUID()\n', 'no-restricted-globals'],
    'src/server/untyped.ts': ['export const own = (value: any) => value\n', 'no-explicit-any'],
    'src/server/surely.ts': [
      'export const own = (list: string[]) => list[0]!.length\n',
      'no-non-null-assertion',
    ],
    'src/server/loose.ts': ["export const own = (value: unknown) => value == 'one'\n", 'eqeqeq'],
    'src/server/quiet.ts': ['// @ts-ignore\nexport const own: string = 1\n', 'ban-ts-comment'],
    'src/app/Half.vue': [
      '<script setup lang="ts">\ndebugger\n</script>\n<template><p /></template>\n',
      'no-debugger',
    ],
  }
  let tree: PlantedTree
  let found: { filename: string; code: string }[]

  beforeAll(() => {
    const files = Object.fromEntries(Object.entries(PLANTED).map(([file, [text]]) => [file, text]))
    tree = plantTree({ ...files, 'src/server/fine.ts': 'export const own = () => Date.now()\n' }, [
      '.oxlintrc.json',
    ])
    const linter = join(ROOT, 'node_modules/oxlint/bin/oxlint')
    const ran = spawnSync(process.execPath, [linter, '-f', 'json', 'src'], {
      cwd: tree.folder,
      encoding: 'utf8',
    })
    found = (JSON.parse(ran.stdout) as { diagnostics: { filename: string; code: string }[] }).diagnostics
  })
  afterAll(() => tree.remove())

  it.each(Object.entries(PLANTED).map(([file, [, rule]]) => [file, rule]))('%s breaks %s', (file, rule) => {
    const codes = found.filter((one) => one.filename.endsWith(file as string)).map((one) => one.code)
    expect(
      codes.some((code) => code.includes(`(${rule})`)),
      codes.join(),
    ).toBe(true)
  })

  it('a server may read the clock', () => {
    expect(found.filter((one) => one.filename.endsWith('fine.ts'))).toEqual([])
  })
})

describe('lint of templates', () => {
  const linter = new ESLint({
    cwd: ROOT,
    overrideConfigFile: join(ROOT, 'tests/architecture/template-rules.js'),
  })
  const rulesIn = async (template: string) => {
    const text = `<script setup lang="ts">\nconst a: string = 'a' satisfies string\n</script>\n<template>${template}</template>\n`
    const [result] = await linter.lintText(text, { filePath: join(ROOT, 'src/app/Planted.vue') })
    return (result?.messages ?? []).map((one) => one.ruleId ?? one.message)
  }

  it.each([
    ['<p v-html="a" />', 'vue/no-v-html'],
    ['<p style="color: red" />', 'vue/no-static-inline-styles'],
    ['<ul><li v-for="one in a">{{ one }}</li></ul>', 'vue/require-v-for-key'],
    ['<ul><li v-for="one in a" v-if="one" :key="one" /></ul>', 'vue/no-use-v-if-with-v-for'],
    ['<button>{{ a }}</button>', 'vue/html-button-has-type'],
    ['<a href="https://example.org" target="_blank">{{ a }}</a>', 'vue/no-template-target-blank'],
  ])('%s breaks %s', async (template, rule) => {
    expect(await rulesIn(template)).toContain(rule)
  })

  it('an exception cannot be written into a template', async () => {
    expect(await rulesIn('<!-- eslint-disable vue/no-v-html --><p v-html="a" />')).toContain('vue/no-v-html')
  })

  it('an ordinary template is not reported', async () => {
    expect(await rulesIn('<button type="button" @click="a">{{ a }}</button>')).toEqual([])
  })
})
