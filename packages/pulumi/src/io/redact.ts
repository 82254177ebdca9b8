/** What stands where a secret was. */
const hidden = "[secret]";
/** A shorter value is part of too many words, and of too many secrets, for hiding it to hide anything. Characters. */
const shortest = 4;
/** A text that was cut may begin or end in the middle of a secret; fewer characters of it tell nothing. */
const shortestPart = 8;

/** Takes secrets out of a text of someone else. */
export type Redact = (text: string) => string;

/**
 * For these values, the longest first, as they are and as programs print them: JSON, URLs, base64, on one line, and line
 * by line. Values of fewer than four characters are not looked for.
 */
export function redactionOf(values: Iterable<string>): Redact {
  const whole = [...new Set(values)].filter((value) => value.length >= shortest);
  const forms = new Set(whole.flatMap(formsOf).filter((form) => form.length >= shortest));
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  return (text) => sorted.reduce((left, form) => left.replaceAll(form, hidden), withoutParts(text, sorted));
}

function formsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const long = lines.length > 1 ? lines.filter((line) => line.length >= shortestPart) : [];
  const flat = value.replace(/\s+/g, " ").trim();
  const url = encodeURIComponent(value);
  return [
    value,
    flat,
    ...long,
    JSON.stringify(value).slice(1, -1),
    url,
    url.replaceAll("%20", "+"),
    ...base64Of(value),
  ];
}

/** By itself, and inside of something longer: there it may begin at any of three places of a group. */
function base64Of(value: string): string[] {
  const forms = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const whole = bytes.toString("base64").replace(/=+$/, "");
    // A character at either end is made of a neighbour's bits, too.
    const end = bytes.length % 3 === 0 ? whole.length : whole.length - 1;
    return whole.slice(before === 0 ? 0 : before + 1, end);
  });
  const safe = forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  return [...forms, ...safe].filter((form) => form.length >= shortestPart);
}

/** Nothing would find what is left of a secret where a text was cut. */
function withoutParts(text: string, forms: readonly string[]): string {
  const begins = Math.max(0, ...forms.map((form) => partAt(form, (part) => text.startsWith(part), -1)));
  const ends = Math.max(0, ...forms.map((form) => partAt(form, (part) => text.endsWith(part), 1)));
  const from = begins > 0 ? hidden : "";
  return from + text.slice(begins, Math.max(begins, text.length - ends)) + (ends > 0 ? hidden : "");
}

/** How long a part of a form is there, cut at its beginning (-1) or at its end (1). */
function partAt(form: string, isThere: (part: string) => boolean, side: 1 | -1): number {
  for (let length = form.length - 1; length >= shortestPart; length--) {
    if (isThere(side === 1 ? form.slice(0, length) : form.slice(-length))) return length;
  }
  return 0;
}
