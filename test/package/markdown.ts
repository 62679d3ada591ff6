/** The fenced blocks of a language in a text, in order. */
export function blocksOf(text: string, language: string): string[] {
  const fences = text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'));
  return Array.from(fences, (match) => match[1]);
}
