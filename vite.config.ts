import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import i18n from '@intlify/unplugin-vue-i18n/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type PluginOption } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const { version } = JSON.parse(readFileSync(path('package.json'), 'utf8')) as { version: string }
const inTests = process.env['VITEST'] !== undefined
/** Port of the sync server that the development server hands /api to. */
const apiPort = process.env['PORT'] ?? '8080'

const manifest = {
  id: '/app/',
  name: '明白',
  short_name: '明白',
  description: '记下村里的纠纷和普法，没网也能用。',
  lang: 'zh-CN',
  start_url: '/app/?src=pwa',
  scope: '/',
  display: 'standalone' as const,
  display_override: ['standalone' as const, 'minimal-ui' as const],
  launch_handler: { client_mode: 'navigate-existing' as const },
  theme_color: '#f5f6f4',
  background_color: '#f5f6f4',
  icons: [
    { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' as const },
    { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' as const },
    { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' as const },
    { src: '/icons/monochrome-512.png', sizes: '512x512', type: 'image/png', purpose: 'monochrome' as const },
  ],
  shortcuts: [
    {
      name: '记一件',
      url: '/app/log/dispute?src=shortcut',
      icons: [{ src: '/icons/shortcut-log-192.png', sizes: '192x192' }],
    },
    {
      name: '我去讲了',
      url: '/app/log/outreach?src=shortcut',
      icons: [{ src: '/icons/shortcut-talk-192.png', sizes: '192x192' }],
    },
    {
      name: '查法',
      url: '/app/learn?src=shortcut',
      icons: [{ src: '/icons/shortcut-law-192.png', sizes: '192x192' }],
    },
  ],
}

/** The stylesheet is asked for before the modules: the first paint waits for it and not for them. */
const styleFirst = {
  name: 'style-first',
  transformIndexHtml: {
    order: 'post' as const,
    handler(html: string) {
      const link = /\s*<link rel="stylesheet"[^>]*>/.exec(html)?.[0]
      return link
        ? html
            .replace(link, '')
            .replace('<script src="/first-paint.js">', `${link.trim()}\n    <script src="/first-paint.js">`)
        : html
    },
  },
}

/** The service worker is our own source; only the list of files to keep is filled in. */
const pwa = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src/worker',
  filename: 'service-worker.ts',
  outDir: 'dist/app',
  injectRegister: false,
  manifest,
  injectManifest: {
    globPatterns: ['**/*.{html,js,css,webmanifest}', 'icons/icon-192.png', 'icons/icon.svg'],
    maximumFileSizeToCacheInBytes: 400_000,
  },
})

const tests = {
  include: ['tests/unit/**/*.test.ts'],
}

export default defineConfig({
  root: path('.'),
  base: '/',
  publicDir: 'public',
  plugins: [
    vue(),
    styleFirst,
    i18n({
      include: [path('src/app/text') + '/*/*.json'],
      runtimeOnly: true,
      compositionOnly: true,
      fullInstall: false,
      dropMessageCompiler: true,
    }),
    !inTests && existsSync(path('src/worker/service-worker.ts')) ? pwa : null,
  ] as PluginOption[],
  resolve: { alias: { 'vue-i18n': 'vue-i18n/dist/vue-i18n.runtime.esm-bundler.js' } },
  define: {
    __APP_VERSION__: JSON.stringify(version),
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: 'dist/app',
    emptyOutDir: true,
    target: ['chrome87', 'safari14', 'firefox78'],
    // Safari 14.0 would have every logical property written twice for both directions.
    cssTarget: ['chrome87', 'safari15', 'firefox78'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': { target: `http://localhost:${apiPort}`, changeOrigin: false } } },
  test: tests,
} as Parameters<typeof defineConfig>[0])
