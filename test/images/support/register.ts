/** `node --import` this: tests that build the app from the sources get one that speaks to the image instead. */
import { registerHooks } from 'node:module';

const replacement = new URL('image-app.ts', import.meta.url).href;
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    return resolved.url.endsWith('/service/test/support/app.ts')
      ? { ...resolved, url: replacement }
      : resolved;
  },
});
