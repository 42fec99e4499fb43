// Before the first paint: size, theme, language, and whether this browser can work.
;(function () {
  var root = document.documentElement
  var get = function (key) {
    try {
      return localStorage.getItem(key)
    } catch (e) {
      return null
    }
  }
  var size = get('mb.size')
  if (size === '22' || size === '26' || size === '30') root.setAttribute('data-size', size)
  if (size === '26' || size === '30') root.setAttribute('data-large', '')
  var theme = get('mb.theme')
  if (theme === 'auto') theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  if (theme === 'dark' || theme === 'sun') root.setAttribute('data-theme', theme)
  if (get('mb.lang') === 'en') root.lang = 'en'
  var env = /MicroMessenger/i.test(navigator.userAgent) ? 'wechat' : ''
  if (!window.isSecureContext || !window.crypto || !crypto.subtle) env = 'insecure'
  if (!('noModule' in HTMLScriptElement.prototype)) env = 'old'
  if (env) root.setAttribute('data-env', env)
})()
