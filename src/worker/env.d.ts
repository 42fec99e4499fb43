// oxlint-disable-next-line no-underscore-dangle -- the name by which the build puts in the version
declare const __APP_VERSION__: string
