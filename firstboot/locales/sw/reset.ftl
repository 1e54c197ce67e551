### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What stands on the screen where a computer is erased, in Kiswahili.

reset-title = Futa kompyuta hii
reset-says = Kila kitu ambacho watu wameweka kwenye kompyuta hii kitapotea milele, na hakuna anayeweza kukirudisha: hakuna ufunguo, hakuna kaulisiri. Mfumo unabaki, na unaomba kusanidiwa upya. Bonyeza Alt na F1 ili kuacha kila kitu kilivyo.
reset-how = Ikiwa unataka hivyo, andika jina la kompyuta hii: { $name }
reset-doing = Inafutwa. Kompyuta hii itaanza tena yenyewe.
here-title = Kwenye kibodi ya kompyuta hii
here-says = Bonyeza Alt na F1 ili kuacha yote yalivyo.
renew-title = Nenosiri jipya la { $name }
renew-says = Aliye na ufunguo wa kurejesha wa kompyuta hii, au kaulisiri yake, anaweza kuchagua nenosiri jipya. La zamani linaisha. Usiandike chochote ili kurudi.
renew-done = Nenosiri jipya linatumika kuanzia sasa. Bonyeza kitufe.
