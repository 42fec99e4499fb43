import { onScopeDispose, ref } from 'vue'

/** Long texts stop by themselves on some phones, so each sentence is spoken on its own. */
const LONGEST = 120

const sentencesOf = (text: string): string[] =>
  text.split(/([。？！；\n])/).reduce<string[]>((list, part) => {
    const last = list.length - 1
    if (/^[。？！；\n]$/.test(part) && last >= 0) list[last] += part
    else if (part.trim() !== '') list.push(part.slice(0, LONGEST))
    return list
  }, [])

/**
 * Reading aloud with a Chinese voice that lives on the phone. `possible` stays false where there is none (WeChat, UC, many
 * Android builds): then no button is shown, rather than a dead one.
 */
export function useReadAloud() {
  const speech = 'speechSynthesis' in window ? window.speechSynthesis : null
  const possible = ref(false)
  const speaking = ref(false)

  const voice = () =>
    speech?.getVoices().find((one) => one.localService && /^zh([-_](CN|Hans)|$)/i.test(one.lang)) ?? null
  const look = () => {
    possible.value = voice() !== null
  }
  look()
  speech?.addEventListener?.('voiceschanged', look)

  function stop() {
    speech?.cancel()
    speaking.value = false
  }
  function read(text: string) {
    const chosen = voice()
    if (!speech || !chosen) return
    stop()
    speaking.value = true
    const queue = sentencesOf(text).map((one) => {
      const line = new SpeechSynthesisUtterance(one)
      line.voice = chosen
      line.lang = chosen.lang
      return line
    })
    queue[queue.length - 1]?.addEventListener('end', () => {
      speaking.value = false
    })
    for (const line of queue) speech.speak(line)
  }

  onScopeDispose(() => {
    stop()
    speech?.removeEventListener?.('voiceschanged', look)
  })
  return { possible, speaking, read, stop }
}
