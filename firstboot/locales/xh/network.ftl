### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read about networks that few need, in isiXhosa.

more-label = Okunye, kwabo bakudingayo
more-fixed = Intambo ifuna idilesi endiyibhalayo
more-metered = Okuza ngentambo kuhlawulisa imali ngemegabhayithi nganye
more-mobile = Kukho ikhadi le-SIM: sebenzisa inethiwekhi yefowuni
more-mobile-help = Kufuneka kuqhagamshelwe imodem. Okuza ngayo kuhlawulisa imali: akukho nto inkulu iza kukhutshelwa ngaphandle kwemvume yakho.
address-label = Idilesi yale khompyutha
address-help = Neebhithi zenethiwekhi yayo, njengo-192.168.7.2/24.
address-wrong = Bhala idilesi neebhithi zenethiwekhi yayo, njengo-192.168.7.2/24.
gateway-label = Idilesi yerutha
gateway-help = Yishiye ingenanto ukuba akukho ndlela iphumayo.
gateway-wrong = Bhala idilesi, njengo-192.168.7.1.
dns-label = Iiseva zamagama (DNS)
dns-help = Iidilesi ezifika kwezintathu, ezinezithuba phakathi kwazo.
dns-wrong = Bhala iidilesi ezingadluli kwezintathu, ezinezithuba phakathi kwazo.
point-label = Indawo yokufikelela (APN)
point-help = Inkampani ethengise ikhadi iyayazi. Yishiye ingenanto ukuba akuyazi.
point-wrong = Igama lendawo yokufikelela linoonobumba, amanani, amachaphaza neehayifeni.
pin-label = I-PIN yekhadi le-SIM
pin-help = Yishiye ingenanto ukuba ikhadi alinayo.
pin-kept = Yishiye ingenanto ukuze kugcinwe leyo ibhaliweyo.
pin-wrong = I-PIN inamanani ama-4 ukuya kwa-8.
