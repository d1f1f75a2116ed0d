import type { Chance } from './chance.js';

/** Invented people and firms in the scripts that real address books hold. */
interface NameBook {
  readonly language: string;
  readonly weight: number;
  readonly given: readonly string[];
  readonly family: readonly string[];
  readonly firms: readonly string[];
  readonly form: string;
  /** Family name first, and whether a blank stands between. */
  readonly order: 'given-family' | 'family-given' | 'joined';
}

const books: readonly NameBook[] = [
  {
    language: 'en',
    weight: 30,
    order: 'given-family',
    form: 'Ltd',
    given: ['Alice', 'Daniel', 'Grace', 'Henry', 'Maya', 'Oliver', 'Ruth', 'Samuel', 'Tess', 'Victor'],
    family: ['Ashworth', 'Bellamy', 'Carver', 'Dunmore', 'Fielding', 'Hargreaves', 'Lockwood', 'Penrose', 'Thorne', 'Whitaker'],
    firms: ['Northlight Mills', 'Harbour & Lane', 'Copperfield Tools', 'Greyfriars Print', 'Meadowbank Foods', 'Silverbirch Optics'],
  },
  {
    language: 'de',
    weight: 18,
    order: 'given-family',
    form: 'GmbH',
    given: ['Jürgen', 'Käthe', 'Björn', 'Anneliese', 'Günther', 'Sören', 'Mareike', 'Götz'],
    family: ['Müller-Lüdenscheidt', 'Größl', 'Schönfeld', 'Weißhaupt', 'Köhler', 'Brügmann', 'Jäger', 'Straßburger'],
    firms: ['Bäckerei Süßholz', 'Möbelwerk Grünau', 'Präzision Öhler', 'Brauhaus Fünfeck'],
  },
  {
    language: 'ru',
    weight: 20,
    order: 'given-family',
    form: 'ООО',
    given: ['Алексей', 'Екатерина', 'Пётр', 'Наталья', 'Фёдор', 'Любовь', 'Семён', 'Ольга'],
    family: ['Соловьёва', 'Королёв', 'Щербаков', 'Юрьева', 'Жданов', 'Ёлкина', 'Цветаев', 'Хлебникова'],
    firms: ['Северный ткач', 'Хлебный двор', 'Точная оптика', 'Речной порт', 'Сибирский кедр'],
  },
  {
    language: 'pl',
    weight: 8,
    order: 'given-family',
    form: 'Sp. z o.o.',
    given: ['Łukasz', 'Żaneta', 'Stanisław', 'Małgorzata', 'Paweł', 'Bożena'],
    family: ['Wójcik', 'Źrebiec', 'Szczęsny', 'Dąbrowska', 'Gołąb', 'Śliwiński'],
    firms: ['Młyn Jasność', 'Żagle Bałtyku', 'Świat Książek'],
  },
  {
    language: 'ja',
    weight: 8,
    order: 'family-given',
    form: '株式会社',
    given: ['美咲', '健太', '陽子', '大輔', 'さくら', '翔太'],
    family: ['佐藤', '高橋', '渡辺', '小林', '斎藤', '髙木'],
    firms: ['青空印刷', '山川精機', '月見食品'],
  },
  {
    language: 'zh',
    weight: 6,
    order: 'joined',
    form: '有限公司',
    given: ['伟', '芳', '秀英', '敏', '静', '强'],
    family: ['王', '李', '欧阳', '陈', '刘', '赵'],
    firms: ['东方丝绸', '长江机械', '红梅茶叶'],
  },
  {
    language: 'ar',
    weight: 6,
    order: 'given-family',
    form: 'ش.م.م',
    given: ['ليلى', 'يوسف', 'مريم', 'خالد', 'نور', 'سامي'],
    family: ['الحسن', 'المصري', 'النجار', 'الخطيب', 'حداد', 'الشامي'],
    firms: ['شركة النخيل', 'دار الكتب', 'مطاحن الشرق'],
  },
  {
    language: 'he',
    weight: 4,
    order: 'given-family',
    form: 'בע״מ',
    given: ['נועה', 'יונתן', 'תמר', 'אורי', 'מיכל'],
    family: ['לוי', 'בן־דוד', 'מזרחי', 'שפירא', 'כץ'],
    firms: ['גפן ותאנה', 'אופק דפוס'],
  },
];

const weights = books.map((book) => [book, book.weight] as const);

export interface InventedName {
  readonly displayName: string;
  readonly language: string;
}

export const personName = (chance: Chance): InventedName => {
  const book = chance.weighted(weights);
  const given = chance.pick(book.given);
  const family = chance.pick(book.family);
  const displayName = { 'given-family': `${given} ${family}`, 'family-given': `${family} ${given}`, joined: `${family}${given}` }[
    book.order
  ];
  return { displayName, language: book.language };
};

export const firmName = (chance: Chance): InventedName => {
  const book = chance.weighted(weights);
  const firm = `${chance.pick(book.firms)} ${chance.integer(2, 99)}`;
  const leading = book.language === 'ru' || book.language === 'ja';
  return { displayName: leading ? `${book.form} ${firm}` : `${firm} ${book.form}`, language: book.language };
};
