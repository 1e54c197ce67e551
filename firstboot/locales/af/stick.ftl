### No native speaker has read this yet. docs/languages.md says how to mend a text.
### A USB stick that opens the data, in Afrikaans. Short words and short sentences.

stick-none = Daar is geen stokkie ingeprop wat ’n sleutel kan vat nie. Prop een in wat as FAT32 geformateer is, en laai hierdie bladsy weer.
stick-one = Die sleutel gaan op { $stick }; wat daar is, bly. Die stokkie moet by elke begin ingeprop wees. Hou dit op ’n ander plek as die rekenaar. As dit wegraak, maak die herstelsleutel die data oop.
stick-several = Meer as een stokkie is ingeprop. Los net die een wat die sleutel moet wees, en laai hierdie bladsy weer.
stick-failed = Die sleutel kon nie op die stokkie gesit word nie: { $why }
