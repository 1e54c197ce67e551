### No native speaker has read this yet. docs/languages.md says how to mend a text.
### Neighbours that open the data, in Sesotho. Short words and short sentences.

neighbour-key = Senotlolo sa yona: { $thumbprint }. E bontsha sona seo sekirining sa yona: ilanga-neighbours show
neighbours-none = Ha ho ya reng o a thusa netwekeng ena. Ho botswa ka hona ha khomphutha e nngwe e hlophiswa.
neighbours-all-dark = Data e buleha moo ho nang le baahisani ba lekaneng netwekeng, eseng sebakeng se seng. Ha motlakase o kgaoha ho lona bohle ka nako e le nngwe, ha ho ya bulang pele: e mong wa lona o hloka tsela e nngwe.
neighbour-gone = { $name } ha e yo, kapa ha e thuse.
neighbours-failed = Baahisani ha ba a ka ba kotjwa ho thusa: { $why }
