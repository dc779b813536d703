/** Seconds for a sentence: "0.3 s", "42 s", "3 min 5 s", "2 min", "1 h 2 min". */
export const duration = (seconds: number): string => {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return withRest(Math.floor(whole / 60), "min", whole % 60, "s")
  return withRest(Math.floor(whole / 3600), "h", Math.floor(whole / 60) % 60, "min")
}

const withRest = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`

/** Seconds on a running clock: "0:07", "12:30", "1:02:30". */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds))
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`
}

/** Time of day where the reader is: "14:05:09". `time` in milliseconds since 1970. */
export const timeOfDay = (time: number): string => {
  const date = new Date(time)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")
}

/** Bytes with a decimal unit and about three digits: "812 B", "1.2 kB", "196 MB". */
export const bytes = (count: number): string => {
  if (count < 999.5) return `${Math.round(count)} B`
  const units = ["kB", "MB", "GB", "TB"]
  let value = count / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** "1 case", "2 cases" */
export const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`

const two = (value: number): string => String(value).padStart(2, "0")
