// What somebody does at each question, in the order of the questions: first what is wrong, then what is right.
//
// `wrong` has one entry for each page with an error: how the form is filled in, and the fields that must then be marked (none: what is
// wrong belongs to no field). `right` fills it in so that it is taken.

/** What strangers' names have in `examples/pages.rs`: all of it has to be text. */
export const HOSTILE = {
  network: [`"><script>alert(1)</script>`, `<img src=x onerror=alert(2)>`],
  solar: ['<b onclick=alert(3)>Inverter', '</p><script>alert(4)</script>'],
  storage: [`NTFS '</style><script>alert(5)'`],
};

const PASSPHRASE = 'umbane namanzi nomoya';

/** Chooses a radio button or a check box. */
const choose = (page, name, value) => page.locator(`input[name="${name}"][value=${JSON.stringify(value)}]`).check();
const type = (page, name, text) => page.locator(`[name="${name}"]`).fill(text);

/** The groups of the recovery key that the page asks for, as [field, what has to be typed]. */
async function asked(page) {
  const groups = await page.locator('.key li').allTextContents();
  const fields = await page.locator('input[name^=group-]').evaluateAll((all) => all.map((field) => field.name));
  return fields.map((field) => [field, groups[Number(field.slice('group-'.length)) - 1]]);
}

async function passphrase(page, again) {
  await choose(page, 'unlock', 'passphrase');
  await type(page, 'passphrase', PASSPHRASE);
  await type(page, 'passphrase-again', again);
}

export const QUESTIONS = [
  {
    name: 'language',
    wrong: [{ do: async () => {}, fields: ['language'] }],
    right: (page, language) => choose(page, 'language', language),
  },
  {
    name: 'time-zone',
    wrong: [{ do: async () => {}, fields: ['time-zone'] }],
    right: (page) => page.locator('select[name=time-zone]').selectOption('Africa/Johannesburg'),
  },
  {
    name: 'preset',
    wrong: [{ do: async () => {}, fields: ['preset'] }],
    right: (page) => choose(page, 'preset', 'clinic'),
  },
  {
    name: 'identity',
    wrong: [
      {
        do: async (page) => {
          await type(page, 'name', 'Clinic One');
          await type(page, 'user', 'Thandi!');
          await type(page, 'password', 'short');
          await type(page, 'password-again', 'short');
          await type(page, 'ssh-keys', 'no key');
        },
        fields: ['name', 'user', 'password', 'ssh-keys'],
      },
      {
        do: async (page) => {
          await type(page, 'name', 'clinic-1');
          await type(page, 'user', 'thandi');
          await type(page, 'password', PASSPHRASE);
          await type(page, 'password-again', 'something else');
          await type(page, 'ssh-keys', '');
        },
        fields: ['password-again'],
      },
    ],
    right: async (page) => {
      await type(page, 'name', 'clinic-1');
      await type(page, 'user', 'thandi');
      await type(page, 'password', PASSPHRASE);
      await type(page, 'password-again', PASSPHRASE);
    },
  },
  {
    name: 'network',
    wrong: [
      {
        do: async (page) => {
          await type(page, 'country', 'South Africa');
          await choose(page, 'wifi', `ssid:${HOSTILE.network[0]}`);
          await type(page, 'wifi-key', 'short');
        },
        fields: ['country', 'wifi-key'],
      },
      {
        do: async (page) => {
          await type(page, 'country', 'ZA');
          await choose(page, 'wifi', 'other');
          await type(page, 'wifi-name', 'a name that is longer than any network has');
        },
        fields: ['wifi-name'],
      },
    ],
    right: async (page) => {
      await type(page, 'country', 'ZA');
      await choose(page, 'wifi', `ssid:${HOSTILE.network[0]}`);
      await type(page, 'wifi-key', 'long enough');
      await choose(page, 'metered', 'yes');
    },
  },
  {
    name: 'solar',
    wrong: [{ do: (page) => choose(page, 'chemistry', 'lead'), fields: ['ampere-hours', 'volts'] }],
    right: async (page) => {
      await choose(page, 'chemistry', 'lifepo4');
      await type(page, 'ampere-hours', '100');
      await type(page, 'volts', '24');
    },
  },
  {
    name: 'mesh',
    wrong: [{ do: (page) => type(page, 'invitation', 'come in'), fields: ['invitation'] }],
    right: async (page) => {
      await choose(page, 'mesh', 'yggdrasil');
      await type(page, 'invitation', '');
    },
  },
  {
    name: 'storage',
    wrong: [
      { do: (page) => passphrase(page, 'something else'), fields: ['passphrase-again'] },
      {
        do: async (page) => {
          await choose(page, 'install', 'disk:nvme-Samsung_SSD_980_S64DNX0T');
          await passphrase(page, PASSPHRASE);
        },
        fields: ['erase:nvme-Samsung_SSD_980_S64DNX0T'],
      },
    ],
    right: async (page) => {
      await choose(page, 'install', 'here');
      await passphrase(page, PASSPHRASE);
    },
  },
  {
    name: 'recovery-key',
    wrong: [
      {
        // Each of the two groups where the other belongs.
        do: async (page) => {
          const [[one, first], [other, second]] = await asked(page);
          await type(page, one, second);
          await type(page, other, first);
        },
        fields: ['group-N', 'group-N'],
      },
    ],
    right: async (page) => {
      for (const [field, group] of await asked(page)) await type(page, field, group);
    },
  },
  {
    name: 'services',
    wrong: [
      {
        do: async (page) => {
          await choose(page, 'services', 'kolibri');
          await choose(page, 'services', 'moodle');
        },
        fields: ['services'],
      },
    ],
    right: async (page) => {
      await page.locator('input[name=services][value=moodle]').uncheck();
      await choose(page, 'services', 'kiwix');
    },
  },
  { name: 'summary', wrong: [], right: async () => {} },
];
