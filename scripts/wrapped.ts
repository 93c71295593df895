const maxLength = 120;

/** A paragraph in lines of the docs' width. */
export function wrapped(text: string): string {
  const lines: string[] = [''];
  for (const word of text.trim().split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= maxLength) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}
