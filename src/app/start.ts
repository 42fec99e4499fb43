import { createApp, watch } from 'vue'
import App from './App.vue'
import { makeRouter } from './router.ts'
import { SERVICES, type Services } from './services.ts'
import { i18n, setLanguage } from './text.ts'
import './ui/tokens.css'
import './ui/base.css'

/** Puts the app in the place of the static frame once the first page can be drawn whole. */
export async function start(services: Services): Promise<void> {
  const { language } = services.settings
  if (language.value !== 'zh-CN') await setLanguage(language.value)
  watch(language, (chosen) => void setLanguage(chosen))
  const router = makeRouter()
  const app = createApp(App).use(router).use(i18n).provide(SERVICES, services)
  await router.isReady()
  const place = document.getElementById('app')
  place?.classList.remove('frame')
  app.mount('#app')
}
