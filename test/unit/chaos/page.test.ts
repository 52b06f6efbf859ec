import { replaceSection } from '../../../chaos/page.ts';

describe('the page of the chaos runs', () => {
  it('replaces the section of its own guarantee and keeps the other', () => {
    let page = replaceSection('', 'at-least-once', 'older');
    page = replaceSection(page, 'exactly-once', 'second');
    page = replaceSection(page, 'at-least-once', 'third');
    expect(page).toContain('## exactly-once\n\nsecond\n\n## at-least-once\n\nthird\n\n## How to read it');
    expect(page).not.toContain('older');
  });
});
