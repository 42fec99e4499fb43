// Size, theme, language; the store begins to open.
;(function () {
  var root = document.documentElement
  var get = function (key) {
    try {
      return localStorage.getItem(key)
    } catch (e) {}
  }
  var set = function (name, value) {
    root.setAttribute('data-' + name, value)
  }
  var size = get('mb.size')
  if (/^(22|26|30)$/.test(size)) set('size', size)
  if (size > 22) set('large', '')
  var theme = get('mb.theme')
  if (theme === 'auto') theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : ''
  if (/^(dark|sun)$/.test(theme)) set('theme', theme)
  if (get('mb.lang') === 'en') root.lang = 'en'
  var env = /MicroMessenger/i.test(navigator.userAgent) && 'wechat'
  if (!window.isSecureContext || !crypto.subtle) env = 'insecure'
  if (!('noModule' in HTMLScriptElement.prototype)) env = 'old'
  if (env) return set('env', env)
  var id = /"current":"(\w{32})"/.exec(get('mingbai-vaults'))
  if (id) window.mbOpen = indexedDB.open('mingbai-' + id[1])
})()
