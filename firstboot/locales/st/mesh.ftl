### No native speaker has read this yet. docs/languages.md says how to mend a text.
### What people read of a community of computers, and of an invitation into one.

invitation-group = Sehlopha { $group } sa memo ha se a ngolwa hantle.
invitation-end = Qetello ya memo ha e yo.
invitation-other = Haeba o na le memo, kgetha tsela ya pele: ka botsona.
invitation-into = Memo ke ya setjhaba se bitswang “{ $community }”.
change-mesh-community = Dikhomphutha tse ding: { $how }, tsa setjhaba “{ $community }” feela
