import { readFileSync } from 'node:fs';

/** The command blocks of docs/gitops.md: what a test runs, by name, and why it does not run the others. */
export function documented(): {
  runs: Map<string, string>;
  notRun: { reason: string; text: string }[];
  unmarked: string[];
} {
  const runs = new Map<string, string>();
  const notRun: { reason: string; text: string }[] = [];
  const unmarked: string[] = [];
  const page = readFileSync('docs/gitops.md', 'utf8');
  for (const [, mark, value, text] of page.matchAll(
    /(?:<!-- (runs|not run): (.*?) -->\n)?```sh\n([\s\S]*?)```/g,
  )) {
    if (mark === 'runs') runs.set(value!, text!);
    else if (mark === 'not run') notRun.push({ reason: value!, text: text! });
    else unmarked.push(text!);
  }
  return { runs, notRun, unmarked };
}

/** One block, which must be there, with names of a test put in the place of the page's. */
export function block(name: string, names: Record<string, string> = {}): string {
  let text = documented().runs.get(name);
  if (text === undefined) throw new Error(`docs/gitops.md has no block ${name}`);
  for (const [from, to] of Object.entries(names)) {
    if (!text.includes(from)) throw new Error(`the block ${name} does not say ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}
