import { describe, expect, it } from 'vitest';

import { serverLimits } from '../../../src/store/local/server-limits.ts';
import { serverXml, usersXml } from '../../../src/store/local/server-xml.ts';

const GIB = 2 ** 30;
const PASSWORD = '5'.repeat(48);

describe('the limits of the local server', () => {
  it.each([
    ['a laptop', 16 * GIB, 8, { queryBytesMax: 4 * GIB, threadsMax: 4 }],
    ['a small machine of CI', 2 * GIB, 2, { queryBytesMax: GIB, userBytesMax: GIB, threadsMax: 2 }],
    ['a large machine', 512 * GIB, 96, { queryBytesMax: 128 * GIB, threadsMax: 8 }],
  ])('are those of %s', (_name, memoryBytes, cores, limits) => {
    expect(serverLimits(memoryBytes, cores)).toMatchObject(limits);
  });
});

describe('the configuration of the local server', () => {
  const limits = serverLimits(16 * GIB, 8);

  it('names the password in the rules alone: users.xml has a hash', () => {
    expect(usersXml(PASSWORD, limits)).not.toContain(PASSWORD);
    expect(serverXml('/a/users.xml', '/a/none', PASSWORD).split(PASSWORD)).toHaveLength(2);
  });

  it('holds a folder of any name', () => {
    expect(serverXml('/a <b> & "c"/users.xml', '/a/none', PASSWORD)).toContain(
      '/a &lt;b&gt; &amp; "c"/users.xml',
    );
  });

  it('has rules alone, and ends them with the one that refuses', () => {
    const rules = serverXml('/a/users.xml', '/a/none', PASSWORD).split('<rule>').slice(1);
    expect(rules).toHaveLength(3);
    expect(rules.map((rule) => rule.includes('<headers>'))).toEqual([true, true, false]);
    expect(rules.at(-1)).toContain('<status>403</status>');
    expect(serverXml('/a/users.xml', '/a/none', PASSWORD)).not.toContain('<defaults');
  });
});
