"""Words that make a thing in a message a wish, a loss or a complaint, and words that make it scenery."""

from innkeeper.engine.entities.source import Pattern, word_set

ASK = Pattern(
    r"\b(?:need|want|wants|bring|send|sent|get|give|have|deliver\w*|order\w*|extra|more|another|"
    r"borrow|lend|like|please|pls|plz|add|leave|provide|arrange|prepare|supply|drop|any|buy|replace|"
    r"new|refill|restock\w*|fetch|place|put|hire|rent|spare|swap|surprise|may i|could (?:we|i|you)|"
    r"can (?:we|i|you|u)|could u|\d+x|to \d{3,4}"
    r"|cho|xin|lấy|mang|đem|gửi|thêm|cần|muốn|đặt|gọi|giao|ship|mượn|mua|order|bỏ thêm|bổ sung|thay|"
    r"đổi|~để|de lai|kê|làm lại|refill|chuẩn bị|bấm|tặng|đưa|nhờ|kêu|thuê|set up|trang trí|rải|cắm|bày|bưng|hốt|"
    r"khiêng)\b"
)
NEAR_ASK = Pattern(
    r"(?:\b(?:thuê|cho|xin|lấy|mang|đem|thêm|cần|muốn|đặt|gọi|giao|ship|mượn|mua|order|bổ sung|thay|đổi|"
    r"~để|de|hết|thiếu|giặt|ủi|quên|~mất|rớt|dọn|refill|đơn|bỏ)\s(?:(?:lại|lên|thêm|giúp|giùm|mình|em|"
    r"anh|chị|tôi|bé|luôn|dùm|hộ|ít|chút|sạch|cái|phòng|một|nữa|với|vài|mấy|2|mỗi)\s){0,4}"
    r"|\b(?:cái|chiếc|đôi|cặp|bộ|quyển|phần|tô|bát|đĩa|dĩa|ly|cốc|suất|món|lon|ổ)\s|[,+&]\s?|\b(?:và|"
    r"với|cùng|hoặc|voi|va)\s(?:cái |một )?)$"
)
LACK = Pattern(
    r"\b(?:no more|out of|ran out|run out|running out|missing|forgot|haven't|have no|no|hết|thiếu|"
    r"chưa có|hết sạch|chưa thấy)\b"
)
LOSS = Pattern(
    r"\b(?:lost|left|forgot|forgotten|missing|stole\w*|nicked|disappeared|no longer|gone|would be|(?:is|"
    r"are) needed|ready|(?:i|we)(?:'d|'ve| had| have)? (?:already )?(?:asked|requested|ordered|left|lost|forgot|"
    r"need|want)|that (?:i|we) |found|"
    r"misplaced|find|quên|bị mất|làm mất|rớt|~rơi|thất lạc|lấy cắp|trộm|không thấy)\b"
)
WASH = Pattern(
    r"\b(?:wash\w*|laundry|iron(?:ed|ing)?|press\w*|dry[- ]clean\w*|giặt|ủi|giặt ủi|hấp|giặt là|"
    r"giặt khô)\b"
)
CLEAR = Pattern(r"\b(?:collect|pick up|picked up|take away|take the|clear|remove|dọn|lấy|thu)\b")
CHARGE = Pattern(r"\b(?:charge\w*|bill\w*|invoice|tính tiền|tính thêm|~tính|refund)\b")
DEFECT = Pattern(
    r"\b(?:broken|broke|hết pin|hu roi|bi hu|hu het|(?:k|ko|khong) (?:chay|len|mo|lanh|nong)|"
    r"not working|doesn't|does not|don't work|won't|wont|stopped|stuck|jam\w*|"
    r"leak\w*|flicker\w*|dead|blown|snapped|faulty|crack\w*|loose|fell|isn't|stains?|torn|rip+ed|"
    r"collapsed|off its|rattl\w+|blocked|clogged|out of order|no power|makes? (?:a )?noise|blank|"
    r"frozen|smell\w*|stink\w*|beep\w*|does nothing|no dial"
    r"|hỏng|~hư|~bể|gãy|kẹt|~rò|~rỉ|nghẹt|~tắc|~cháy|không (?:lên|chạy|nóng|lạnh|mở|hoạt động|vào|"
    r"sáng|ra)|~ko (?:lên|chạy|nóng|lạnh|mở)|chập|~đứt|~rách|bung|lung lay|~nứt|~mốc|~hôi|~bẩn|~dơ|"
    r"~dính|bốc mùi|~ồn|kêu to|quẹt|báo (?:đèn )?(?:đỏ|xanh)|red light|demagneti[sz]ed|bị (?:hư|hỏng|"
    r"rò|kẹt|bể|gãy)|nhỏ giọt|chảy)\b"
)
BAD_FOOD = Pattern(
    r"\b(?:cold|raw|burnt|burned|undercooked|overcooked|soggy|stale|hair|rotten|salty|wrong|"
    r"disgusting|inedible|tasteless|spoil\w*|came with|sick|never came|where(?:'s| is| are)|"
    r"not paying|did(?:n't| not) order|how long|nguội|~sống|~tanh|~mặn|~ôi|thiu|~tóc|~ruồi|~sai|nhầm|"
    r"~dở|~hôi|khét|chưa tới|tới đâu|đau bụng)\b"
)
NEGATED = Pattern(
    r"(?P<cue>\b(?:no|not|not the|without|don't (?:need|want|bring|send)(?: any| the)?|do not (?:need|"
    r"want|bring|send)|no need for|except|instead of|never had|never opened|đừng (?:bỏ|cho|mang|để)|"
    r"không (?:cần|lấy|bỏ|cho|ăn|uống)?|~ko (?:cần|lấy|bỏ|cho)?|~khong|dung (?:bo|cho)|~khỏi|"
    r"chứ không phải|không phải|~trừ|~ít|~bớt|allergic (?:to|against)|dị ứng(?: với)?|kiêng)\s(?:any |"
    r"more |the |added |thêm |cái |món )?)(?P<list>\w+ (?:or|and|nor|hoặc|với|và) )?$"
)
NO_LONGER_STOCKED = Pattern(
    r"\s(?:left|at all|nào|in the (?:room|bathroom|minibar)|yet|anymore|any more|available)\b|!!|\s\d{3,4}"
)
SCENERY_AFTER = Pattern(
    r"\s(?:machine|place|shop|stall|restaurant|store|station|bar\b|counter|room\b|service|time|menu|"
    r"buffet|area|party|lounge|lounger|shelf|seam|leg|door|drawer|handle|stain|dispenser|smell|code|call|"
    r"number|holder|rail|rack|buffer|cable is|spot|street|market|vendor|driver|show|swan|class|burner|giờ|chừng|"
    r"stock|not |(?:is|are) (?:by|in|on|at|near|outside))|\s(?:mưa|lèo|biển|chảy|trưa|giờ|chừng|chỗ nào|"
    r"ở đâu ngon|quán|ngon rẻ)(?!\w)"
)
SCENERY_BEFORE = Pattern(
    r"\b(?:with|(?<!['’]d )(?<!would )like|as|by|near|behind|under|in|on|from|of|at|spilled|between|"
    r"next to|over|against|trong|trên|dưới|sau|cạnh|ngoài|như|bằng|từ|đầu|mùi|quán|tiệm|chỗ|vết|máy|"
    r"bàn|phòng|nhà|hồ|bình|ống|~vòi|kẹt ở|khỏi|hút|phun|about|through|nhà hàng|hiệu|"
    r"đường)\s(?:(?:the|my|our|a|an|some|your|his|her|their|cái)\s)?(?:(?:rotten|red|black|white|blue|"
    r"green|old|new)\s)?$"
)
EATEN_WITH = Pattern(r"\b(?:with|cùng|với|plus|and)\s(?:the |a |an |some |extra )?$")
FIXED = {"furniture", "electronics", "sport"}
ONE_MORE = Pattern(
    r"\b(?:third|3rd|fourth|4th|additional|another|extra|one more|toddler|add an?|add one|thêm)(?: \w+)?\s$"
)
COUNTED = Pattern(r"\b(?:\d+|a|an|one|một|two|three|four|five|six|hai|~ba|bốn) (?:\w+ ){0,2}(?:of )?$")
PLUMBING = Pattern(
    r"\b(?:bình nóng lạnh|lúc lạnh|lúc nóng|shower|tap|taps|sink|drain|toilet|pipe|ceiling|carpet|"
    r"leak\w*|flood\w*|~vòi|~sen|~ống|~bồn|"
    r"cống|trần|rỉ|nhỏ giọt|chảy|xuống sàn|máy lạnh|điều hòa|hồ bơi|bể bơi|nước nóng)\b"
)
FRESH_BED = Pattern(r"\b(?:change|changed|fresh|thay|đổi|thay đổi)\b")
SHEETS = {
    "sheet",
    "bed sheet",
    "fitted sheet",
    "flat sheet",
    "bed linen",
    "linen",
    "duvet cover",
    "bedding",
    "bed sheets",
    "bedsheet",
}
# Papers, money, meals as such and bookings are no things to bring.
NEVER = word_set(
    "bill|invoice|receipt|vat invoice|red invoice|quotation|minibar|cash|money|vietnamese dong|us "
    "dollar|change|table|makeup|make-up|photo|bed|door|window|wifi|internet|breakfast|lunch|dinner|"
    "food|drink|buffet|laundry|car|taxi|air conditioner|shower head|bathtub|toilet|sink|safe|room|"
    "massage|meal|snack bar|dish of the day"
    "|discount|foreign currency|visa|deposit money|projector screen|statue|masala chai|warm water|"
    "lift|elevator|swimming pool|parking space|smoke detector|power outlet|socket|power socket|light "
    "switch|doorbell|faucet|tap|set meal|birthday decoration|room decoration|decoration|wall lamp|"
    "fire alarm|fire extinguisher|electricity|battery cover|deposit|contract|backdrop|flag|business "
    "card|password|treadmill|balcony door|phone number|grill|stroller buggy|gas|leftovers|leftover|"
    "orchid|desk|front desk|tour desk|reception|carpet|curtain|blackout curtain|wall|floor|ceiling|"
    "balcony|hire car|private car|rental car|hot water|laundry item|dirty laundry|lounger|sun "
    "lounger|package tour|specialty|local specialty|locker|pond|shuttlecock|drawer|nightstand|trash can|"
    "dishwasher|menu|thread|personal "
    "trainer|trainer|desk ring|hot tub bubbles|button|bidet|shower|buggy ride|front"
)
NOUN_OR_VERB = word_set(
    "book|iron|press|light|clean|cover|match|check|swing|ring|watch|plug|fan|order|park|bow|pan|cut|"
    "mop|brush|play|safe|change|grill|cap|cup|bar|stock|post|buggy|vacuum|clubs|lay|copy|mark|tip|"
    "tan|rest|stamp|seal|lock|key in|jam|mail|fish|green|ring|slip|train|sake|letter|top|dip|roll|drop|suit|case"
)
DETERMINED = Pattern(
    r"\b(?:a|an|the|my|our|his|her|wife's|husband's|extra|more|another|any|of|[a-z]+'s|\d+|one|two|"
    r"three|new|gold|silver|wedding|wrist|smart)\s$"
)
FUNCTION_WORDS = word_set(
    "dam|to|am|co|toi|la|luon|anh|bao|bat|phong|o|bo|an|ca|chen|bang|cap|nam|tu|den|so|man|dua|nho|roi|"
    "mau|may|sach|chi|qua|noi|voi|lon|mat|long|no|quat|non|vo|che|mo|vi|ban|dao|mam|oi|tat|ga|em|ba|"
    "cho|xin|de|len|do|ve|hai|bay|em be|lau|bon|thu|dau|hang|ham|cang|tray|tin|men|da|sua|son|gan|"
    "dem|ngay|gio|bun nay|tap|mat|pin nay|ram|kinh nghiem|ket|dai|bai|la|lay|can|me|sen|khoi|thang|tong|nut|nen|"
    "cam|ke|hat|tui|du|dua nho|toi da|toi|tra|goi|nho|vong|chuong|xa"
)
SAFE_WITHOUT_ACCENTS = word_set(
    "khan|pho|bun|chao|bia|xoi|vali|dep|keo|chan|kem|nem|mien|sup|com|banh|nuoc|bao cao su|pin|sim|gau|thiep|"
    "tao|xoai|khay|"
    "luoc|non|giay|bim|cui|ca phe|sinh to|ghe|moc|thia|muong|mam|balo"
)
OF_DRINK = Pattern(r"(?:thêm|ly|hộp|chai|xô|cốc|bịch)\s$")
COUNTED_PLAIN = Pattern(
    r"\b(?:cai|chiec|doi)\s$|(?:^|(?<![\w.,:])|(?<!phong)(?<!tang)(?<!so)(?<!\bp)\s)(?:\d{1,2}|mot|hai|ba|bon|"
    r"vai|may|them|ly|am|tach|to|to|dia)\s?x?\s?"
    r"(?:chai|ly|lon|to|bat|phan|suat|dia|coc|tach|cai|hop|goi|o|qua|trai|con|bo|bong|cuon|tui|am|binh|cay|doi|"
    r"mieng|chiec|kg|ky)\s$"
)
PLAIN_NUMBER = Pattern(r"(?:^|(?<![\w.,:]))(?<!phong )(?<!tang )(?<!so )(?<!p )\d{1,2}\s?x?\s?$")
FORBIDDEN = Pattern(
    r"\b(?:dị ứng|kiêng|bất dung nạp|đừng (?:bỏ|cho|nêm|dùng)|(?:không|~ko|~k) (?:bỏ|cho|nêm|chứa|dùng|ăn được)|"
    r"tuyệt đối|thay sữa|"
    r"allerg\w+|intoleran\w+|halal|no pork|free from)\b[^,.!?;]{0,60}$"
)
SPILT = Pattern(
    r"\b(?:làm đổ|~đổ|~dính|tràn|nuốt|uống (?:nguyên|cả|hết)|dấu|vết|lem|spilled|spilt|dropped)\s(?:\w+\s){0,3}$"
)
PREAMBLE_VI = Pattern(
    r"^(?:[\W_]|(?:phòng|phong|p|em|anh|chị|ơi|oi|ad|shop|ks|bạn|villa|lên|giúp|cho|mình|nha|nhé|ạ|dạ|chào|với|"
    r"và|thêm|một|"
    r"\d+|cái|chiếc|ly|tô|phần|chai|lon|dĩa|đĩa|suất|hộp|cốc|gói)\b)*$"
)
CLASSIFIERS = word_set(
    "chai|ly|tô|bát|chén|đĩa|dĩa|cốc|tách|hộp|túi|lon|bình|ấm|nồi|khay|mâm|thùng|giỏ|bó|bông|gói|to|"
    "bat|chen|dia|coc|tach|hop|tui|binh|am|noi|bong|goi|bo|thung"
)
MEASURES = word_set(
    "pot|bottle|glass|cup|bowl|plate|jug|mug|can|box|pack|bag|basket|tray|tube|roll|bar|carafe|pitcher|bucket|jar|set"
)
ENDS_NOUN = Pattern(
    r"\s*(?:$|[.,!?;:)\n+]|(?:nữa|sạch|mới|với|và|cho|phòng|nhé|nha|ạ|lên|khác|luôn|giúp|giùm|đi|"
    r"không|thôi|này|ở|để|trước|ngoài|hàng|ngay|luon|gium|truoc|ngoai|di|p|\d+|voi|va|nhe|phong|len|giup|moi)(?!\w))"
)
RENAMED = {
    "rollaway": "rollaway bed",
    "foldaway": "rollaway bed",
    "tix": "ticket",
    "loo roll": "toilet paper",
    "toilet roll": "toilet paper",
    "key": "key card",
    "room key": "key card",
    "card": "key card",
    "bike": "bicycle",
    "women's top": "shirt",
    "tonic": "tonic water",
    "beef noodle soup": "beef pho",
    "bottled water": "water",
    "mineral water": "water",
}
BORROW = Pattern(
    r"\b(?:borrow|lend|need|extra|bring|send|add|more|another|have (?:a|an)|please|pls|replace|swap|"
    r"new|mượn|cần|thêm|xin|mang|kê|lấy)\b"
)
# English: the last of these words before a thing decides whether a wish governs it ("bring", "lost") or a report.
GOVERNS = Pattern(
    r"\b(?P<wish>need(?:ing|s|ed)?|want(?:s|ed|ing)?|wanna|bring(?:ing)?|send(?:ing)?|(?:can|could|may|might|"
    r"shall|will|"
    r"would|i'll|we'll|like to|love to|you|please|to|u|lets?|i|we|\d{3,4}) (?:please |also |just |kindly |still )?"
    r"(?:get|have|take|do|grab|make|keep|try|put|got|order|see)|get (?:me|us)|got any|gotta have|give|"
    r"deliver(?:ing|y of)?|"
    r"order(?:ed|ing)?|asked (?:\w+ )?for|ask(?:ing)? (?:\w+ )?for|request\w*|borrow(?:ing)?|lend|loan(?: of)?|"
    r"(?:would|'d|i|we) (?:really )?(?:like|love|fancy)|fancy|crav\w+|add|provide|arrange|prepare|supply|"
    r"drop off|drop|leave (?:us|me|out)|buy|replace\w*|refill\w*|top up|restock\w*|fetch\w*|hire|rent|spare|swap|"
    r"exchang\w+|surprise|grab|chang(?:e|ing)|extra|another|more|additional|collect\w*|picks? up|picked up|pickup of|"
    r"take (?:away|the|my|our|these|those|this)|clear|remove|place|put|plac(?:e|ing)|any chance of|eye out for|"
    r"(?:and|to) get|leave (?=\d|two|three|four|some|an?\b|my|our|the|extra)|hide|make up|i've an?|we've an?|"
    r"i have an?|we have an?|no|bring|wash\w*|iron(?:ed|ing)?|press(?:ed|ing)?|dry[- ]clean\w*|launder\w*|lost|"
    r"left (?=my|our|his|her|an?\b|the|two|behind|it)|left|forgot\w*|missing|misplaced|stole\w*|nicked|find|found|"
    r"looking for|look for|seen|charged?|billed|bill \w+|out of|ran out|run out|low on|short of|short|no more|"
    r"down to|"
    r"wait\w* (?:\w+ ){0,3}(?:for|on)|where(?:'s| is| are)|how about|(?:do|does|did) (?:you|u|the hotel|guests) "
    r"(?:guys )?(?:have|lend|rent|sell|offer|do|stock|provide)|got|rather have|set up|hold|store|bringing)\b"
    r"|\b(?P<report>is|are|was|were|isn't|aren't|am|i'm|it's|he's|she's|that's|been|being|because|cause|cos|"
    r"while|although|"
    r"though|who|which|why|does|did|don't (?:want|need|bring|let|send)|keeps?|says?|said|gave|brought|sent|served|"
    r"noticed|came|come|comes|knocked|walked|told|has|had|moving|using|used|wearing|holding|sitting|standing|"
    r"skip|cancel\w*|where can|where do|where would|how (?:do|to)|if|made|went|turned|threw|spilled|spilt|"
    r"swallowed|riding|thanks? (?:you )?for|without|instead of|allergic|allergy|with no|free of|like an?|"
    r"as an?|as long as|between|despite|(?P<there>there'?s|there is|there are|is there an?|are there any|"
    r"is there any)|there will|smells?|shows?|check if|in an?|"
    r"should (?:i|we)|can (?:i|we) (?:bring|leave|use)|do (?:i|we)|"
    r"until|till|ate|eaten|eating|drank|slept|broke|ripped|kept|stuck|through)\b"
)
# English: what may follow a thing that is wanted, lost or to be washed.
GOVERNED_AFTER = Pattern(
    r"[^.!?;]{0,45}?(?:\b(?:be (?:brought|sent|delivered|collected|washed|pressed|ironed|changed|replaced|"
    r"picked|set|put|cleared|removed|refilled|swapped|made|returned|added)|(?:we|i) (?:can|could|may) (?:borrow|"
    r"use|have|rent|hire|get|buy)|no longer|gone|(?:take|pick|clear|send) (?:it|them|these|those)|"
    r"for (?:washing|ironing|pressing|laundry|dry[- ]cleaning|pick ?up|collection)|possible|please|pls|plz|"
    r"missing|disappeared|stolen|vanished|nowhere|to be \w+|to borrow|to rent|to hire|"
    r"(?:could|can|would|may|must|should) (?:\w+ )?be (?:\w+ ){0,2}(?:brought|sent|delivered|collected|washed|"
    r"pressed|"
    r"ironed|changed|replaced|picked|set|put|cleared|removed|refilled|swapped|taken|made|returned|left|done)|"
    r"(?:needs?|wants?) (?:\w+ing|to be \w+|an? )|changed|replaced|refilled|pressed|washed|ironed|"
    r"(?:never|not|n't) (?:yet )?(?:come|came|been (?:delivered|returned|brought)|back|arrive\w*|here|returned|"
    r"show\w*)|"
    r"(?:out|ready) for (?:pick ?up|collection)|swap)\b)"
)
REPORTED_AFTER = Pattern(
    r"(?:,| -)? ?(?:(?:arriv\w+|sounds?|won|takes?|matches|needs|is|are|was|were|has|had|have|fine|received|"
    r"done|came|sets?|folded|keeps?|does|makes?|went|"
    r"contains?|not|no|everywhere|all over|opens?|that|which|who)\b|isn't|aren't|"
    r"doesn't|won't|wasn't|'s (?!please))"
)
IN_PLACE = Pattern(r" (?:in|on|under|by|at|near|behind|from) (?:the|my|our|your)\b")
TO_DEAL_WITH = Pattern(
    r"\b(?:collect|pick (?:it |them |this )?up|take (?:it|them|these|away)|clear|remove\w*|borrow|charg\w+|bill|"
    r"folio|invoice|"
    r"refund\w*|fetch|grab)\b"
)
SEEKS_ADVICE = Pattern(
    r"\b(?:where (?:can|do|could|would|should|to)|(?:do|should|must) (?:i|we) (?:need|have to|bring|leave)|"
    r"how (?:do|can|to)|"
    r"recommend|is it (?:ok|possible|allowed) to bring|(?:can|may) (?:i|we) (?:bring|leave|use)|"
    r"shopping)\b[^,.?]{0,50}$"
)
PREAMBLE = Pattern(
    r"^(?:[\W_]|(?:hi|hello|hey|hiya|good|morning|evening|afternoon|night|dear|sirs?|madam|team|reception|hotel|"
    r"there|"
    r"room|rm|villa|bungalow|suite|apartment|bed|cabana|please|pls|plz|also|and|oh|to|for|from|here|ok|okay|"
    r"just|again|so|then|"
    r"yes|but|thanks|thank|you|in|at|the|of|us|me|with|plus|\d+[a-z]?|(?:two|three|four) of us|usual|first|"
    r"second|order|new|"
    r"yo|um+|quick|request|one|breakfast|lunch|dinner|tonight|tomorrow|now|asap|any|some|our|my)\b)*$"
)
LIST_GAP = Pattern(r"^\s?(?:,|&|\+|/|\b(?:and|or|plus|with|n|w|as well as|also|then)\b)")
NEW_KEY = Pattern(
    r"\b(?:new|another|extra|second|2nd|spare|more|replace\w*|additional|one|two|three|\d|lost|lose|losing|left|"
    r"forgot\w*|missing|"
    r"misplaced|find|found|stole\w*|thêm|mới|mất|quên|rớt|rơi)\b"
)
VERBLESS = {"food", "drink", "linen", "toiletry", "tableware", "baby", "medical", "amenity", "electronics", "gift"}
BEDS = {"bed", "double bed", "single bed", "twin bed", "king bed", "queen bed", "bunk bed"}
KEYS = {"key", "keys", "key card", "card", "cards"}
# English: a thing the lexicon lacks, right behind a strong verb and a number.
UNKNOWN_THING = Pattern(
    r"\b(?:bring|send|borrow|deliver|order|lend|fetch|grab)(?:ing)? (?:me |us |up |over )?"
    r"(?P<thing>(?:[2-9]|1\d|two|three|four|five|six) (?:[a-z][a-z'-]{1,15} ){0,2}?(?P<head>[a-z][a-z'-]{2,15}))"
    r"(?=\s?(?:[,.?!;]|$)|\s(?:please|pls|to|for|and|from|up|in|at|so|now)\b)"
)
NO_THING = word_set(
    "someone|somebody|doctor|technician|plumber|medic|nurse|cab|buggy|car|van|bus|email|link|message|copy|hand|minute|"
    "minutes|person|people|man|guy|team|engineer|electrician|guard|porter|driver|manager|seat|night|day|ride|transfer|"
    "call|quote|reply|refund|boy|bellboy|cleaner|maid|housekeeper|locksmith|few|couple|lot|bit|moment|second|hour|ones|"
    "one|more|time|times|limo|shuttle|boat|bill|supervisor|bellman|runner|ambulance|golf cart|cart|replacement|fix|word"
)
