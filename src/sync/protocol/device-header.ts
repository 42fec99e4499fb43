/**
 * Header in which a request names the installation it speaks for. Several people may share one browser, each with a session of their own:
 * it says whose is meant, and a session of another one is not believed (TR-09). Absent from older phones, which have one person.
 */
export const DEVICE_HEADER = 'x-mb-device'
