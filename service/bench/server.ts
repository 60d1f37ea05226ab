/** Runs one peer in a process of its own, and says over IPC how much processor time it has used. */
process.on('message', () => process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }));
process.on('disconnect', () => process.exit(0));
// What it runs reads its arguments, and knows none.
const [module] = process.argv.splice(2);
await import(module!);
