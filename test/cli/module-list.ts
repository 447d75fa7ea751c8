/** Preloaded by `--import`: writes the URLs of all modules that the process loaded, as it ends. */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const urls: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    urls.push(url);
    return nextLoad(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env['MODULE_LIST'] ?? '', urls.join('\n')));
