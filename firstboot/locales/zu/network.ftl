### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read about networks that few need, in isiZulu.

more-label = Okunye, kulabo abakudingayo
more-fixed = Ikhebuli idinga ikheli engilibhalayo
more-metered = Okuza ngekhebuli kukhokhisa imali ngemegabhayithi ngayinye
more-mobile = Kunekhadi le-SIM: sebenzisa inethiwekhi yefoni
more-mobile-help = Kufanele kuxhunywe imodemu. Okuza ngayo kukhokhisa imali: akukho okukhulu okuzolandwa ngaphandle kwemvume yakho.
address-label = Ikheli lale khompyutha
address-help = Namabhithi enethiwekhi yayo, njengo-192.168.7.2/24.
address-wrong = Bhala ikheli namabhithi enethiwekhi yalo, njengo-192.168.7.2/24.
gateway-label = Ikheli lerutha
gateway-help = Kushiye kungenalutho uma ingekho indlela ephumayo.
gateway-wrong = Bhala ikheli, njengo-192.168.7.1.
dns-label = Amaseva amagama (DNS)
dns-help = Amakheli afika kwamathathu, anezikhala phakathi kwawo.
dns-wrong = Bhala amakheli angadluli kwamathathu, anezikhala phakathi kwawo.
point-label = Iphoyinti lokufinyelela (APN)
point-help = Inkampani ethengise ikhadi iyalisho. Kushiye kungenalutho uma ungalazi.
point-wrong = Igama lephoyinti lokufinyelela linezinhlamvu, izinombolo, amachashazi namahayifeni.
pin-label = I-PIN yekhadi le-SIM
pin-help = Kushiye kungenalutho uma ikhadi lingenayo.
pin-kept = Kushiye kungenalutho ukuze kugcinwe leyo ebhaliwe.
pin-wrong = I-PIN inezinombolo ezi-4 kuya kweziyi-8.
