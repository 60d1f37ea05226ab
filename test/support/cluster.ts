import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { output, run } from '../charts/support.ts';

/** A cluster that a test may do with as it likes. */
export interface Cluster {
  env: NodeJS.ProcessEnv;
  kubectl(...args: string[]): Promise<string>;
  apply(manifest: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Makes an image archive known to the nodes. */
  load(archive: string): Promise<void>;
  /** Where node ports answer. */
  address: string;
  down(): Promise<void>;
}

const rig = resolve('../shared/rig');
const rigState = process.env.RIG_DIR ?? '/var/lib/rig';
const given = process.env.KUBECONFIG?.startsWith(rigState) ? undefined : process.env.KUBECONFIG;

/** Why there is no cluster, or false when there is one: that of KUBECONFIG when it is kind's, else the rig. */
export async function noCluster(): Promise<string | false> {
  if (!given) {
    if (existsSync(rig) && process.getuid?.() === 0) return false;
    return 'no cluster: point KUBECONFIG at one of kind (kind create cluster)';
  }
  const { stdout } = await run('kubectl', ['config', 'current-context']);
  if (stdout.startsWith('kind-')) return false;
  return `KUBECONFIG has the context ${stdout.trim() || '(none)'}: only kind's clusters are taken, for the namespace records is made and destroyed`;
}

/** Takes kind's cluster of KUBECONFIG, or starts the rig anew. */
export async function startCluster(): Promise<Cluster> {
  const env = { ...process.env };
  if (!given) {
    await output(`${rig}/down`, [], { env });
    const exports = await output(`${rig}/up`, [], { env });
    env.KUBECONFIG = exports.match(/KUBECONFIG=(\S+)/)![1];
    env.PATH = `${rigState}/bin:${env.PATH}`;
  }
  const kubectl = (...args: string[]) => output('kubectl', args, { env });
  const context = (await kubectl('config', 'current-context')).trim();
  const loader = given
    ? ['kind', 'load', 'image-archive', '--name', context.replace('kind-', '')]
    : [`${rig}/load-image`];
  // For scripts/cluster.
  env.IMAGE_LOADER = loader.join(' ');
  return {
    env,
    kubectl,
    apply: (manifest, ...args) => runWithInput('kubectl', ['apply', '-f', '-', ...args], manifest, env),
    load: async (archive) => {
      await output(loader[0]!, [...loader.slice(1), archive], { env });
    },
    address: '127.0.0.1',
    down: async () => {
      if (!given) await output(`${rig}/down`, [], { env });
    },
  };
}

function runWithInput(file: string, args: string[], input: string, env: NodeJS.ProcessEnv) {
  return run('bash', ['-c', `"$0" "$@" <<<"$INPUT"`, file, ...args], { env: { ...env, INPUT: input } });
}
