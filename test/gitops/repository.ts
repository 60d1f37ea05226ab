import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { output } from '../charts/support.ts';

/** A git repository with this working tree in it, whose one line about its own address says where it is. */
export class Repository {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(t: Test): Promise<Repository> {
    const repository = new Repository(mkdtempSync(join(tmpdir(), 'gitops-')));
    t.teardown(() => rmSync(repository.path, { recursive: true, force: true }));
    const { path } = repository;
    const listed = await output('git', [
      'ls-files',
      '-co',
      '--exclude-standard',
      '-z',
      'argocd',
      'charts',
      'environments',
      'helmfile.yaml',
      'scripts',
      'tools/versions',
      'Makefile',
    ]);
    for (const file of listed.split('\0').filter(Boolean)) cpSync(file, join(path, file));
    repository.edit('argocd/values.yaml', (text) =>
      text.replace(/^ {2}url: .*$/m, `  url: ${repository.url}`),
    );
    await repository.git('init', '-q', '-b', 'main');
    await repository.commit('the working tree');
    return repository;
  }

  get url(): string {
    return `file://${this.path}`;
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), text);
  }

  /** Changes a file, and insists that it did. */
  edit(file: string, change: (text: string) => string): void {
    const [before, after] = [this.read(file), change(this.read(file))];
    if (before === after) throw new Error(`the edit of ${file} changed nothing`);
    this.write(file, after);
  }

  git(...args: string[]): Promise<string> {
    const identity = [
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.org',
      '-c',
      'commit.gpgsign=false',
    ];
    return output('git', [...identity, ...args], { cwd: this.path });
  }

  /** Commits everything and gives the commit. */
  async commit(message: string): Promise<string> {
    await this.git('add', '-A');
    await this.git('commit', '-q', '--allow-empty', '-m', message);
    return this.head();
  }

  async head(): Promise<string> {
    return (await this.git('rev-parse', 'HEAD')).trim();
  }
}
