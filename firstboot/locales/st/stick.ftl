### No native speaker has read this yet. docs/languages.md says how to mend a text.
### A USB stick that opens the data, in Sesotho. Short words and short sentences.

stick-none = Ha ho USB stick e hoketsweng e ka nkang senotlolo. Hokela e nngwe e fometilweng e le FAT32, o be o bule leqephe lena hape.
stick-one = Senotlolo se ya ho { $stick }; se leng teng se a sala. Stick e lokela ho hokelwa nako le nako ha khomphutha e qala. E boloke sebakeng se seng, eseng le khomphutha. Ha e lahlehile, senotlolo sa tshohanyetso se bula data.
stick-several = Ho hoketswe di-USB stick tse fetang e le nngwe. Siya e tla ba senotlolo feela, o be o bule leqephe lena hape.
stick-failed = Senotlolo ha se a ka sa bewa ho stick: { $why }
