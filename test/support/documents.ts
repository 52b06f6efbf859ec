import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page that people read, as Markdown. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A command of a page as its words, without the comment behind it. */
export interface DocumentedCommand {
  readonly path: string;
  readonly words: readonly string[];
}

const PAGES = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'];
/** Subcommands of the program, as prose names them. */
const SUBCOMMAND = /^(run|check|init|score|compare|demo) --/;
const PROGRAM =
  /^(npm (run|test|pack|install|ci)|npx|node|node_modules\/\.bin\/node|docker|stream-scorer) /;

export function documents(): Document[] {
  const pages = readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .sort();
  return [...PAGES, ...pages.map((name) => join('docs', name))].map((path) => ({
    path,
    text: readFileSync(path, 'utf8'),
  }));
}

/** The fenced blocks of a page in one language. */
export function blocks({ text }: Document, language: string): string[] {
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)]
    .filter(([, , found]) => found === language)
    .map(([, indent, , body]) => body!.replaceAll(new RegExp(`^${indent!}`, 'gm'), ''));
}

/** What stands between backticks in the sentences of a page. */
export function spans({ text }: Document): string[] {
  const prose = text.replaceAll(/^ *```.*?^ *```$/gms, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, span]) => span!.replaceAll(/\s+/g, ' '));
}

/** Every command that a page tells its reader to type. */
export function commands(page: Document): DocumentedCommand[] {
  const lines = blocks(page, 'sh').flatMap((body) => body.replaceAll('\\\n', ' ').split('\n'));
  const typed = lines
    .map((line) => line.replace(/(^|\s+)#\s.*$/, '').trim())
    .filter((line) => line !== '');
  const named = spans(page)
    .filter((span) => SUBCOMMAND.test(span) || PROGRAM.test(`${span} `))
    .map((span) => (SUBCOMMAND.test(span) ? `stream-scorer ${span}` : span));
  return [...typed, ...named]
    .flatMap((line) => line.split(' && '))
    .map((line) => ({ path: page.path, words: wordsOf(line) }));
}

/** The words of a line as a shell splits them, variables before the program left out. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) =>
    word.replaceAll(/["']/g, ''),
  );
  return words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word)));
}
