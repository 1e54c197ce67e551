### A USB stick that opens the data. Short words and short sentences.

stick-none = No stick is plugged in that can take a key. Plug one in that is formatted as FAT32, and load this page again.
stick-one = The key goes onto { $stick }; what is there stays. The stick has to be plugged in at each start. Keep it in another place than the computer. If it is lost, the recovery key opens the data.
stick-several = More than one stick is plugged in. Leave only the one that is to be the key, and load this page again.
stick-failed = The key could not be put onto the stick: { $why }
