### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read about networks that few need, in Kiswahili.

more-label = Zaidi, kwa anayehitaji
more-fixed = Kebo inahitaji anwani ninayoiandika
more-metered = Kinachokuja kwa kebo hulipiwa kwa kila megabaiti
more-mobile = Kuna kadi ya SIM: tumia mtandao wa simu
more-mobile-help = Modemu lazima iwe imechomekwa. Kinachokuja kwayo hulipiwa: hakuna kitu kikubwa kitakachopakuliwa bila idhini yako.
address-label = Anwani ya kompyuta hii
address-help = Pamoja na biti za mtandao wake, kama 192.168.7.2/24.
address-wrong = Andika anwani pamoja na biti za mtandao wake, kama 192.168.7.2/24.
gateway-label = Anwani ya ruta
gateway-help = Acha wazi kama hakuna njia ya kutoka.
gateway-wrong = Andika anwani, kama 192.168.7.1.
dns-label = Seva za majina (DNS)
dns-help = Hadi anwani tatu, zenye nafasi kati yao.
dns-wrong = Andika anwani zisizozidi tatu, zenye nafasi kati yao.
point-label = Kituo cha ufikiaji (APN)
point-help = Kampuni iliyouza kadi huisema. Acha wazi kama huijui.
point-wrong = Jina la kituo cha ufikiaji lina herufi, tarakimu, nukta na vistariungio.
pin-label = PIN ya kadi ya SIM
pin-help = Acha wazi kama kadi haina.
pin-kept = Acha wazi ili kubaki na ile iliyoandikwa.
pin-wrong = PIN ina tarakimu 4 hadi 8.
