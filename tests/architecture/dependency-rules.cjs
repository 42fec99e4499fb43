// The import table of src/README.md, for the tool that reads imports. Each rule has a planted violation in dependency-rules.test.ts.
const npm = (names) => `node_modules/(${names})/`
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
const rooms = (...names) => `^src/(${names.join('|')})/`

module.exports = {
  forbidden: [
    never(
      'no-cycles',
      'Two files that need each other are one file, or hide a third.',
      { pathNot: '^tests/simulation/' },
      { circular: true },
    ),
    never(
      'no-cycles-at-run-time',
      'The parts of a simulated world may name the type of the world they are in, and nothing more of it.',
      { path: '^tests/simulation/' },
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    never(
      'resolvable',
      'An import that leads nowhere breaks where nobody looked.',
      {},
      { couldNotResolve: true, pathNot: '^virtual:|\\?(url|raw)$' },
    ),

    never(
      'domain-knows-nobody',
      'What is true anywhere leans on nothing.',
      { path: rooms('domain') },
      {
        path: '^(src/(?!domain/)|tests/)',
      },
    ),
    never(
      'sync-knows-domain',
      'How copies agree is decided without a database, a screen or a server.',
      { path: rooms('sync') },
      {
        path: '^(src/(?!domain/|sync/)|tests/)',
      },
    ),
    never(
      'plain-core',
      'Rules run on any phone, server or test without a framework.',
      { path: rooms('domain', 'sync') },
      {
        path: 'node_modules/',
        pathNot: npm('valibot'),
      },
    ),
    never(
      'no-node-in-core',
      'The core runs in browsers too.',
      { path: rooms('domain', 'sync', 'phone', 'app', 'worker') },
      {
        dependencyTypes: ['core'],
      },
    ),
    never(
      'phone-knows-domain-and-sync',
      'What a phone keeps does not know who shows it.',
      { path: rooms('phone') },
      {
        path: '^(src/(?!domain/|sync/|phone/)|tests/)',
      },
    ),
    never(
      'app-knows-no-server',
      'Screen and server meet only on the wire.',
      { path: rooms('app') },
      {
        path: '^(src/(?!domain/|sync/|phone/|app/)|tests/)',
      },
    ),
    never(
      'worker-knows-sync-and-phone',
      'The worker sends what the phone holds and shows nothing.',
      { path: rooms('worker') },
      {
        path: '^(src/(?!domain/|sync/|phone/|worker/)|tests/)',
      },
    ),
    never(
      'server-knows-no-phone',
      'Screen and server meet only on the wire.',
      { path: rooms('server') },
      {
        path: '^(src/(?!domain/|sync/|server/)|tests/)',
      },
    ),
    never(
      'tools-use-the-core-and-the-server',
      'Commands never reach into what runs in a browser; only the page that the bench measures does.',
      { path: rooms('tools'), pathNot: '^src/tools/bench/page/' },
      {
        path: '^(src/(?!domain/|sync/|server/|tools/)|tests/)',
      },
    ),
    never(
      'bench-page-measures-the-phone',
      'The page that is measured stands on the rooms that ship, and on nothing of the server.',
      { path: '^src/tools/bench/page/' },
      {
        path: '^(src/(?!domain/|sync/|phone/|tools/bench/page/)|tests/)',
      },
    ),
    never(
      'nobody-imports-tools',
      'Commands call, nobody calls them.',
      { path: '^src/(?!tools/)' },
      { path: rooms('tools') },
    ),
    never(
      'no-tests-in-src',
      'Shipped code never reaches into tests.',
      { path: '^src/' },
      { path: '^tests/' },
    ),

    never(
      'dexie-stays-in-phone',
      'One room knows the database, so one room migrates it.',
      { path: '^src/(?!phone/)' },
      {
        path: npm('dexie'),
      },
    ),
    never(
      'vue-stays-in-app',
      'One room draws.',
      { path: '^src/(?!app/)' },
      { path: npm('vue|@vue/[^/]+|vue-router|vue-i18n|pinia') },
    ),
    never(
      'sql-stays-below',
      'SQL is written where the tables are known: accounts have a database role of their own; the demo loader and the operator act for nobody.',
      {
        path: '^src/',
        pathNot: '^src/(server/(database|repositories|accounts|demo)|tools/(admin|bench|prove))/',
      },
      {
        path: npm('drizzle-orm|pg|@electric-sql/pglite'),
      },
    ),

    never(
      'features-are-neighbours',
      'Share downwards (domain, app/ui), never sideways.',
      { path: '^src/app/features/([^/]+)/' },
      {
        path: '^src/app/features/',
        pathNot: '^src/app/features/$1/',
      },
    ),
    never(
      'features-ask-services',
      'A page gets its data from services.ts, so tests can hand it another.',
      { path: '^src/app/features/' },
      {
        path: rooms('phone'),
        pathNot: '^src/phone/(api|care)\\.ts$',
      },
    ),
    never(
      'shared-app-knows-no-feature',
      'What serves every feature knows none.',
      { path: '^src/app/(ui|composables|text)/|^src/app/services\\.ts$' },
      {
        path: '^src/app/features/',
      },
    ),
    never(
      'services-know-no-route',
      'Routes call services, services call repositories.',
      { path: '^src/server/(services|repositories)/' },
      {
        path: '^src/server/routes/',
      },
    ),
    never(
      'repositories-know-no-service',
      'Routes call services, services call repositories.',
      { path: '^src/server/repositories/' },
      {
        path: '^src/server/services/',
      },
    ),
    never(
      'routes-ask-services',
      'A route knows HTTP and who may ask; what is true is decided below it.',
      { path: '^src/server/routes/' },
      {
        path: '^src/server/(repositories|database)/',
        dependencyTypesNot: ['type-only'],
      },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'browser', 'node', 'default', 'types'],
    },
  },
}
