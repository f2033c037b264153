"""Words that make a thing in a message a wish, a loss or a complaint, and words that make it scenery."""

from innkeeper.engine.entities.source import Pattern, word_set

ASK = Pattern(
    r"\b(?:need|want|wants|bring|send|sent|get|give|have|deliver\w*|order\w*|extra|more|another|"
    r"borrow|lend|like|please|pls|plz|add|leave|provide|arrange|prepare|supply|drop|any|buy|replace|"
    r"new|refill|restock\w*|fetch|place|put|hire|rent|spare|swap|surprise|may i|could (?:we|i|you)|"
    r"can (?:we|i|you|u)|could u|\d+x|to \d{3,4}"
    r"|cho|xin|lấy|mang|đem|gửi|thêm|cần|muốn|đặt|gọi|giao|ship|mượn|mua|order|bỏ thêm|bổ sung|thay|"
    r"đổi|~để|de lai|kê|làm lại|refill|chuẩn bị|bấm|tặng|đưa|nhờ|kêu|thuê|set up|trang trí)\b"
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
    r"\b(?:lost|left|forgot|forgotten|missing|stole\w*|nicked|disappeared|no longer|gone|found|"
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
    r"number|holder|rail|rack|buffer|cable is|spot|street|market|vendor|driver|show|swan|class|burner|"
    r"stock|not |(?:is|are) (?:by|in|on|at|near|outside))|\s(?:chỗ nào|ở đâu ngon|quán|ngon rẻ)(?!\w)"
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
ONE_MORE = Pattern(r"\b(?:third|fourth|additional|another|extra|thêm)(?: \w+)?\s$")
COUNTED = Pattern(r"\b(?:\d+|a|an|one|một|two|three|four|five|six|hai|~ba|bốn) (?:\w+ ){0,2}(?:of )?$")
PLUMBING = Pattern(
    r"\b(?:bình nóng lạnh|lúc lạnh|lúc nóng|shower|tap|taps|sink|drain|toilet|pipe|ceiling|carpet|"
    r"leak\w*|flood\w*|vòi|sen|ống|bồn|"
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
    "lounger|package tour|specialty|shuttlecock"
)
NOUN_OR_VERB = word_set(
    "book|iron|press|light|clean|cover|match|check|swing|ring|watch|plug|fan|order|park|bow|pan|cut|"
    "mop|brush|play|safe|change|grill|cap|cup|bar|stock|post|buggy|vacuum|clubs|lay|copy|mark|tip|"
    "tan|rest|stamp|seal|lock|key in"
)
DETERMINED = Pattern(
    r"\b(?:a|an|the|my|our|his|her|wife's|husband's|extra|more|another|any|of|[a-z]+'s|\d+|one|two|"
    r"three|new|gold|silver|wedding|wrist|smart)\s$"
)
FUNCTION_WORDS = word_set(
    "dam|to|am|co|toi|la|luon|anh|bao|bat|phong|o|bo|an|ca|chen|bang|cap|nam|tu|den|so|man|dua|nho|roi|"
    "mau|may|sach|chi|qua|noi|voi|lon|mat|long|no|quat|non|vo|che|mo|vi|ban|dao|mam|oi|tat|ga|em|ba|"
    "cho|xin|de|len|do|ve|hai|bay|em be|lau|bon|thu|dau|hang|ham|cang|tray|tin|men|da|sua|son|gan|"
    "dem|ngay|gio|bun nay|tap|mat|pin nay|ram|kinh nghiem|ket|dai|bai|la|lay|can|me|sen|khoi"
)
SAFE_WITHOUT_ACCENTS = word_set(
    "khan|pho|bun|chao|bia|xoi|vali|dep|keo|chan|kem|nem|mien|sup|com|banh|nuoc|bao cao su|pin|sim|gau|thiep|tao|xoai"
)
OF_DRINK = Pattern(r"(?:thêm|ly|hộp|chai|xô|cốc|bịch)\s$")
DIGITS = Pattern(
    r"\b(?:cai|chiec|doi|them)\s$|\d\s?x?\s?(?:(?:chai|ly|lon|to|bat|phan|suat|dia|coc|tach|cai|hop|"
    r"goi|o|qua|trai|con|bo|bong|cuon|tui|am|binh|cay)\s)?$"
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
    r"không|thôi|này|ở|để|trước|voi|va|nhe|phong|len|giup|moi)(?!\w))"
)
RENAMED = {
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
