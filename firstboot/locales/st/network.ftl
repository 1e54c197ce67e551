### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read about networks that few need, in Sesotho.

more-label = Tse ding, bakeng sa ba di hlokang
more-fixed = Kheibole e hloka aterese eo ke e thaepang
more-metered = Se tlang ka kheibole se lefisa bakeng sa megabaete ka nngwe
more-mobile = Ho na le karete ya SIM: sebedisa netweke ya founo
more-mobile-help = Modem e lokela ho hokelwa. Se tlang ka yona se a lefisa: ha ho ntho e kgolo e tla latwa ntle le tumello ya hao.
address-label = Aterese ya khomphutha ena
address-help = Le dibiti tsa netweke ya yona, jwalo ka 192.168.7.2/24.
address-wrong = Thaepa aterese le dibiti tsa netweke ya yona, jwalo ka 192.168.7.2/24.
gateway-label = Aterese ya router
gateway-help = E siye e se na letho haeba ho se na tsela e tswang.
gateway-wrong = Thaepa aterese, jwalo ka 192.168.7.1.
dns-label = Disebedisi tsa mabitso (DNS)
dns-help = Diaterese tse fihlang ho tse tharo, tse nang le dikgeo pakeng.
dns-wrong = Thaepa diaterese tse sa feteng tse tharo, tse nang le dikgeo pakeng.
point-label = Ntlha ya phihlello (APN)
point-help = Khamphani e rekisitseng karete e a e bolela. E siye e se na letho haeba o sa e tsebe.
point-wrong = Lebitso la ntlha ya phihlello le na le ditlhaku, dinomoro, matheba le dihaefene.
pin-label = PIN ya karete ya SIM
pin-help = E siye e se na letho haeba karete e se na yona.
pin-kept = E siye e se na letho ho boloka e thaepilweng.
pin-wrong = PIN e na le dinomoro tse 4 ho isa ho tse 8.
