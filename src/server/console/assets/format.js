// Times and numbers as people read them.

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const NUMBER = new Intl.NumberFormat("en");
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

export const number = (value) => NUMBER.format(value);

// `3 minutes ago`, from an ISO text or milliseconds.
export function ago(time) {
  const seconds = (new Date(time).getTime() - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return RELATIVE.format(Math.round(seconds / size), unit);
}

// `2 d 3 h`, from seconds.
export function lasting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];
  const at = parts.findIndex(([size]) => whole >= size);
  if (at < 0) return "0 s";
  let rest = whole;
  const told = parts.slice(at, at + 2).map(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count ? `${count} ${unit}` : "";
  });
  return told.filter(Boolean).join(" ");
}

export function exact(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleString();
}

export const clock = (time) => new Date(time).toLocaleTimeString([], { hour12: false });

// A text that is no longer than `most` characters.
export const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
