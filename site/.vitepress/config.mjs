import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../../scripts/conventions/links.mjs';
import { addressOf, linkedFiles, links } from '../links.mjs';
import { drawings, inlineCodes } from '../rendering.mjs';
import { sidebarOf } from '../sidebar.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The pages are outside of this package: their imports of Vue are resolved as if they were inside. */
const vueForPages = {
  name: 'vue-for-pages',
  enforce: 'pre',
  resolveId(source, importer, options) {
    if (!/^vue(?:\/|$)/.test(source) || !importer?.endsWith('.md')) return null;
    return this.resolve(source, fileURLToPath(import.meta.url), { ...options, skipSelf: true });
  },
};

export default defineConfig({
  title: 'worker-host',
  description: 'Runs jobs as ECS tasks: exactly one task per attempt, watched until its final state is reported.',
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  srcDir: '..',
  srcExclude: ['.*/**', '**/api/**', '**/templates/**', '**/fixtures/**', 'AGENTS.md', 'tarballs/**', 'site/**'],
  outDir: 'dist',
  rewrites: (page) => page.replace(/(^|\/)README\.md$/, '$1index.md'),
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify: anchorOf },
    config: (markdown) => {
      drawings(markdown);
      inlineCodes(markdown);
      links(markdown, root);
    },
  },
  vite: { plugins: [vueForPages] },
  themeConfig: {
    search: { provider: 'local', options: { detailedView: true } },
    sidebar: sidebarOf(root),
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'Commands', link: '/docs/cli' },
      { text: 'Troubleshooting', link: '/docs/troubleshooting' },
      { text: 'Changelog', link: '/CHANGELOG' },
    ],
    outline: { level: [2, 3] },
  },
  buildEnd: ({ outDir }) => {
    for (const file of ['llms.txt', ...linkedFiles()]) {
      const copy = join(outDir, addressOf(file));
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(join(root, file), copy);
    }
  },
});
