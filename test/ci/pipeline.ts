/** What CircleCI's schema cannot see in .circleci/config.yml: rules, each a function that gives the places that break it. */
import { accessSync, constants, readFileSync } from 'node:fs';

interface Filter {
  only?: string | string[];
  ignore?: string | string[];
}
interface Invocation {
  job: string;
  name: string;
  requires: string[];
  context: string[];
  type?: string;
  filters: { branches?: Filter; tags?: Filter };
  'serial-group'?: string;
  environment?: string;
}
type Step = string | Record<string, unknown>;
interface Job {
  executor?: string | ({ name: string } & Record<string, unknown>);
  steps: Step[];
}
export interface Config {
  executors: Record<string, Record<string, unknown>>;
  commands: Record<string, { steps: Step[] }>;
  parameters: Record<string, { default: string }>;
  jobs: Record<string, Job>;
  workflows: Record<string, { jobs: (string | Record<string, Record<string, unknown>>)[] }>;
}
type Rule = (config: Config) => string[];

const list = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : ([value].flat() as T[]));

/** The jobs of all workflows, a matrix as one, by the name that others require it by. */
function invocations({ workflows }: Config): Invocation[] {
  return Object.values(workflows)
    .flatMap(({ jobs }) => jobs)
    .map((entry) => {
      const [job, options] = typeof entry === 'string' ? [entry, {}] : Object.entries(entry)[0]!;
      const { matrix, name, requires, context, filters, ...rest } = options as Record<string, never>;
      const alias = (matrix as { alias?: string } | undefined)?.alias;
      return {
        ...(rest as object),
        job,
        name: alias ?? name ?? job,
        requires: list<string>(requires),
        context: list<string>(context),
        filters: filters ?? {},
      };
    });
}

/** Every step, those inside of `when` too, with where it stands. */
function steps(config: Config): { where: string; step: Step }[] {
  const walk = (where: string, all: Step[]): { where: string; step: Step }[] =>
    all.flatMap((step) => {
      const nested =
        typeof step === 'object' && ((step.when ?? step.unless) as { steps: Step[] } | undefined);
      return nested ? walk(where, nested.steps) : [{ where, step }];
    });
  return [...Object.entries(config.commands), ...Object.entries(config.jobs)].flatMap(([name, { steps }]) =>
    walk(name, steps),
  );
}

function commands(config: Config): { where: string; command: string }[] {
  return steps(config).flatMap(({ where, step }) => {
    const run = typeof step === 'object' ? (step.run as string | { command: string } | undefined) : undefined;
    return run ? [{ where, command: typeof run === 'string' ? run : run.command }] : [];
  });
}

const matches = (pattern: string, ref: string) =>
  pattern.startsWith('/') ? new RegExp(`^(?:${pattern.slice(1, -1)})$`).test(ref) : pattern === ref;

/** Does a job run for this branch, or tag? As CircleCI has it: every branch unless filtered, no tag unless filtered. */
function runsFor({ filters }: Invocation, kind: 'branches' | 'tags', ref: string): boolean {
  const { only, ignore } = filters[kind] ?? {};
  if (only) return list(only).some((pattern) => matches(pattern, ref));
  if (ignore) return !list(ignore).some((pattern) => matches(pattern, ref));
  return kind === 'branches';
}

const REFS: ['branches' | 'tags', string][] = [
  ['branches', 'main'],
  ['branches', 'feature/x'],
  ['branches', 'pull/7'],
  ['tags', 'v1.2.3'],
  ['tags', 'v1.2.3-rc.1'],
];

const makeTargets = () =>
  new Set([...readFileSync('Makefile', 'utf8').matchAll(/^([a-z][a-z-]*):/gm)].map(([, name]) => name!));

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const everyRequirementIsAJob: Rule = (config) => {
  const all = invocations(config);
  const names = new Set(all.map(({ name }) => name));
  return all.flatMap(({ name, requires }) =>
    requires
      .filter((needed) => !names.has(needed))
      .map((needed) => `${name} requires ${needed}, which is no job`),
  );
};

const everyJobIsUsed: Rule = (config) => {
  const used = invocations(config);
  const unknown = used.filter(({ job, type }) => type !== 'approval' && !(job in config.jobs));
  const unused = Object.keys(config.jobs).filter((job) => !used.some((one) => one.job === job));
  return [
    ...unknown.map(({ job }) => `the workflow names ${job}, which is not defined`),
    ...unused.map((job) => `${job} is in no workflow`),
  ];
};

const filtersHoldAlongTheChain: Rule = (config) => {
  const all = invocations(config);
  return all.flatMap((job) =>
    REFS.filter(([kind, ref]) => runsFor(job, kind, ref)).flatMap(([kind, ref]) =>
      all
        .filter(({ name }) => job.requires.includes(name))
        .filter((needed) => !runsFor(needed, kind, ref))
        .map(({ name }) => `${job.name} runs for ${ref}, but ${name}, which it requires, does not`),
    ),
  );
};

const everythingIsTestedEverywhere: Rule = (config) =>
  ['lint', 'test', 'coverage', 'charts', 'end-to-end', 'images', 'scan'].flatMap((name) => {
    const job = invocations(config).find((one) => one.name === name);
    const refs: typeof REFS = [
      ['branches', 'feature/x'],
      ['branches', 'pull/7'],
      ['branches', 'main'],
      ['tags', 'v1.2.3'],
    ];
    return refs
      .filter(([kind, ref]) => !job || !runsFor(job, kind, ref))
      .map(([, ref]) => `${name} does not run for ${ref}`);
  });

const everyStepIsATargetOrAScript: Rule = (config) => {
  const targets = makeTargets();
  return commands(config).flatMap(({ where, command }) => {
    if (/[;&|`\n]|\$\(/.test(command)) return [`${where}: \`${command}\` is shell: put it into a script`];
    const [program = '', target = ''] = command.split(' ');
    if (program === 'make') return targets.has(target) ? [] : [`${where}: make has no target ${target}`];
    return isExecutable(program) ? [] : [`${where}: ${program} is neither make nor a script that can be run`];
  });
};

const everySuiteRuns: Rule = (config) => {
  const [, suites = ''] = /^SUITES := (.*)$/m.exec(readFileSync('Makefile', 'utf8')) ?? [];
  const run = new Set(commands(config).map(({ command }) => command.split(' ')[1]));
  // The pipeline runs the service's tests on each Node, and once more for the coverage.
  return suites
    .split(' ')
    .filter((suite) => !run.has(suite))
    .map((suite) => `make ${suite} is a part of make test, but in no job`);
};

const everyImageIsPinned: Rule = ({ executors, parameters }) => {
  const text = JSON.stringify(executors);
  const used = [...text.matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image!);
  const versions = Object.entries(parameters).filter(([name]) => name.endsWith('-image'));
  const images = [
    ...used.filter((image) => !image.includes('<<')),
    ...versions.map(([, value]) => value.default),
  ];
  const exact = /:(\d+\.\d+\.\d+([\w.-]*)|\d{4}\.\d{2}\.\d+)(@sha256:[0-9a-f]{64})?$/;
  return images.filter((image) => !exact.test(image)).map((image) => `${image} is not an exact version`);
};

const everyMatrixVersionIsExact: Rule = ({ workflows }) =>
  Object.values(workflows)
    .flatMap(({ jobs }) => jobs)
    .flatMap((entry) => (typeof entry === 'string' ? [] : Object.values(entry)))
    .flatMap(({ matrix }) => {
      const { node = [], mongodb = [] } = ((matrix as { parameters?: object })?.parameters ?? {}) as Record<
        string,
        string[]
      >;
      return [...node, ...mongodb].filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version)));
    })
    .map((version) => `${version} in a matrix is not an exact version`);

const noSecretIsPrinted: Rule = (config) =>
  commands(config)
    .filter(({ command }) =>
      /\b(echo|printenv|env|set -x|bash -x)\b|_(TOKEN|PASSWORD|KEY|SECRET)\b/.test(command),
    )
    .map(({ where, command }) => `${where}: \`${command}\` may print a secret`);

const noScriptWithSecretsTraces: Rule = (config) =>
  commands(config).flatMap(({ where, command }) => {
    const [program = '', target = ''] = command.split(' ');
    const recipe =
      new RegExp(`^${target}:.*\n((?:\t.*\n?)+)`, 'm').exec(readFileSync('Makefile', 'utf8'))?.[1] ?? '';
    const scripts =
      program === 'make' ? [...recipe.matchAll(/(scripts\/[\w-]+)/g)].map(([, path]) => path!) : [program];
    return scripts
      .filter(
        (path) =>
          isExecutable(path) && /^[^#\n]*\b(set -\w*x|printenv|xtrace)\b/m.test(readFileSync(path, 'utf8')),
      )
      .map((path) => `${where}: ${path} prints its environment or what it runs`);
  });

const noContextOnAFork: Rule = (config) =>
  invocations(config)
    .filter((job) => job.context.length > 0 && runsFor(job, 'branches', 'pull/7'))
    .map(({ name, context }) => `${name} gives the context ${context} to pull requests of forks`);

const noScannerHasCredentials: Rule = (config) =>
  invocations(config)
    .filter(
      ({ name, context }) => ['scan', 'images', 'test', 'end-to-end'].includes(name) && context.length > 0,
    )
    .map(({ name }) => `${name} runs the code of others and must have no context`);

/** Everything that a job waits for, however far up. */
function ancestors(all: Invocation[], { requires }: Invocation): Set<string> {
  const direct = all.filter(({ name }) => requires.includes(name));
  return new Set(direct.flatMap((job) => [job.name, ...ancestors(all, job)]));
}

const nothingIsPublishedUntested: Rule = (config) => {
  const all = invocations(config);
  return all
    .filter(({ job }) => ['push', 'sign', 'promote', 'push-charts'].includes(job))
    .flatMap((job) => {
      const before = ancestors(all, job);
      const needed = [
        'lint',
        'test',
        'coverage',
        'charts',
        'end-to-end',
        'images',
        'scan',
        ...(job.job === 'push' ? [] : ['sign', 'push']),
      ];
      return needed
        .filter((name) => name !== job.name && !before.has(name))
        .map((name) => `${job.name} does not wait for ${name}`);
    });
};

const onlyMainAndReleasesArePublished: Rule = (config) =>
  invocations(config)
    .filter(({ job }) => ['push', 'sign', 'promote', 'push-charts'].includes(job))
    .flatMap((job) =>
      REFS.filter(([kind, ref]) => runsFor(job, kind, ref) && !['main', 'v1.2.3'].includes(ref)).map(
        ([, ref]) => `${job.name} runs for ${ref}`,
      ),
    );

const promotionsAreSerialAndProductionIsApproved: Rule = (config) => {
  const all = invocations(config);
  const promotions = all.filter(({ job }) => job === 'promote');
  const groups = new Set(promotions.map((job) => job['serial-group']));
  const approvals = all.filter(({ type }) => type === 'approval').map(({ name }) => name);
  return [
    ...(groups.size === 1 && !groups.has(undefined) ? [] : ['promotions are not in one serial group']),
    ...promotions
      .filter(({ environment }) => environment === 'production')
      .filter((job) => !approvals.some((name) => ancestors(all, job).has(name)))
      .map(({ name }) => `${name} needs no approval`),
    ...promotions
      .filter((job) => job.environment === 'production' && runsFor(job, 'branches', 'main'))
      .map(({ name }) => `${name} runs for main`),
  ];
};

const mongodbIsWaitedFor: Rule = (config) =>
  Object.entries(config.jobs)
    .filter(([, { executor }]) => typeof executor === 'object' && executor.name === 'node-and-mongodb')
    .flatMap(([name]) => {
      const all = commands(config).filter(({ where }) => where === name);
      const at = (pattern: RegExp) => all.findIndex(({ command }) => pattern.test(command));
      const waits = at(/^make wait-for-mongodb$/);
      return waits >= 0 && waits < at(/^make test/) ? [] : [`${name} does not wait for its MongoDB`];
    });

export const rules: Record<string, Rule> = {
  everyRequirementIsAJob,
  everyJobIsUsed,
  filtersHoldAlongTheChain,
  everythingIsTestedEverywhere,
  everyStepIsATargetOrAScript,
  everySuiteRuns,
  everyImageIsPinned,
  everyMatrixVersionIsExact,
  noSecretIsPrinted,
  noScriptWithSecretsTraces,
  noContextOnAFork,
  noScannerHasCredentials,
  nothingIsPublishedUntested,
  onlyMainAndReleasesArePublished,
  promotionsAreSerialAndProductionIsApproved,
  mongodbIsWaitedFor,
};
