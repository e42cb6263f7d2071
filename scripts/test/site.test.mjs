import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressOf, linkedFiles, links } from '../../site/links.mjs';
import { sidebarOf } from '../../site/sidebar.mjs';

const CHECK = fileURLToPath(new URL('../../site/check.mjs', import.meta.url));

describe('site', () => {
  let folder;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'site-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function write(files) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }

  describe('check', () => {
    function check(base = '/') {
      const { status, stderr } = spawnSync(process.execPath, [CHECK, folder], {
        encoding: 'utf8',
        env: { ...process.env, SITE_BASE: base },
      });
      return { status, problems: stderr.split('\n').filter((line) => line !== '') };
    }

    it('accepts links to pages, headings and files, relative or under the base', () => {
      write({
        'index.html':
          '<a href="/x/docs/a.html#first">a</a><a href="docs/">b</a><a href="/x/LICENSE.txt">c</a><a href="#z">d</a><p id="z">',
        'docs/a.html': '<h2 id="first">First</h2><a href="https://example.com/">elsewhere</a>',
        'docs/index.html': '',
        'LICENSE.txt': '',
      });
      assert.deepEqual(check('/x/'), { status: 0, problems: [] });
    });

    it('reports links to a page or a heading that does not exist, and links outside of the base', () => {
      write({ 'index.html': '<a href="/gone.html">a</a><a href="/a.html#gone">b</a>', 'a.html': '' });
      assert.deepEqual(check(), {
        status: 1,
        problems: ['/index.html: dead link /gone.html', '/index.html: dead link /a.html#gone'],
      });
      write({ 'index.html': '<a href="/a.html">a</a>' });
      assert.deepEqual(check('/x/').problems, ['/index.html: dead link /a.html']);
    });

    it('reports requests to other hosts, in pages and style sheets', () => {
      write({
        'index.html':
          '<script src="https://cdn.example.com/a.js"></script><style>@import url(https://fonts.example.com/f)</style>',
        'a.css': '@font-face { src: url("//fonts.example.com/f.woff2") }',
      });
      assert.deepEqual(check().problems, [
        '/index.html: requests https://cdn.example.com/a.js',
        '/index.html: requests https://fonts.example.com/f',
        'a.css: requests url("//fonts.example.com/f.woff2',
      ]);
    });

    it('fails where there is no page', () => {
      assert.equal(check().status, 1);
    });
  });

  it('turns links of the repository into links of the site', () => {
    write({
      'README.md': '',
      'docs/README.md': '',
      'docs/a.md': '',
      'examples/one/README.md': '',
      'deploy/Dockerfile': '',
    });
    const hrefs = [
      '../README.md#use-it',
      'a.md',
      '../examples/one',
      '../deploy/Dockerfile',
      '../deploy',
      '#here',
      'https://example.com/',
    ];
    assert.deepEqual(renderedTargets('docs/index.md', hrefs), [
      '/index.md#use-it',
      '/docs/a.md',
      '/examples/one/index.md',
      '/deploy/Dockerfile.txt',
      'span',
      '#here',
      'https://example.com/',
    ]);
    assert.deepEqual([...linkedFiles()].map(addressOf), ['deploy/Dockerfile.txt']);
  });

  it('names a link after the title of its page where the repository names it after the file', () => {
    write({ 'docs/a.md': '# About `a`\n' });
    const texts = ['a.md', 'the page', 'docs/a.md'].map((name) => {
      const tokens = linkTokens('a.md', name);
      applyRule('docs/index.md', tokens);
      return tokens[1].content;
    });
    assert.deepEqual(texts, ['About a', 'the page', 'About a']);
  });

  /** The target of each link after the rule has run; `span` where it is no link any more. */
  function renderedTargets(page, hrefs) {
    const tokens = hrefs.flatMap((href) => linkTokens(href, 'text'));
    applyRule(page, tokens);
    return tokens.flatMap((token, index) => {
      if (token.type === 'text') return [];
      if (token.type === 'link_close') {
        assert.equal(token.tag, tokens[index - 2].tag);
        return [];
      }
      return token.tag === 'a' ? [token.attrs.href] : [token.tag];
    });
  }

  function linkTokens(href, content) {
    const attrs = { href };
    const attrGet = (name) => attrs[name];
    const attrSet = (name, value) => {
      attrs[name] = value;
    };
    return [
      { type: 'link_open', tag: 'a', attrs, attrGet, attrSet },
      { type: 'text', content },
      { type: 'link_close', tag: 'a' },
    ];
  }

  function applyRule(relativePath, children) {
    const push = (_name, rule) => rule({ tokens: [{ children }], env: { relativePath } });
    links({ core: { ruler: { push } } }, folder);
  }

  it('lists a page in the first group that links to it as a whole, else in the first that links to a part', () => {
    const packages = ['worker-host', 'worker-ecs', 'worker-core', 'testing'].map(
      (name) => `packages/${name}/README.md`,
    );
    const pages = ['README.md', 'docs/concepts.md', 'docs/decisions/README.md', 'docs/a.md', 'docs/b.md'];
    const project = ['CHANGELOG.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'];
    write(Object.fromEntries([...packages, ...pages, ...project].map((page) => [page, `# Title of ${page}\n`])));
    write({
      'docs/README.md':
        '# Index\n## One\n[x](a.md#part) [y](b.md#part) [z](concepts.md)\n## Two\n[x](a.md), [e](https://e.com/x.md)\n',
    });

    const groups = sidebarOf(folder).filter(({ text }) => ['One', 'Two'].includes(text));

    assert.deepEqual(groups, [
      { text: 'One', items: [{ text: 'Title of docs/b.md', link: '/docs/b' }] },
      { text: 'Two', items: [{ text: 'Title of docs/a.md', link: '/docs/a' }] },
    ]);
  });
});
