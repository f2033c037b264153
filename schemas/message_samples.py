"""Sample messages of every kind, for previews and checks of templates: invented guests of an invented hotel."""

from collections.abc import Mapping
from typing import Any

from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.messages import MessageKind, MessageLanguage

Sample = Mapping[str, Any]
_STAY = {"room_number": "507", "check_in_time": "15:00"}
_ENGLISH: Mapping[MessageKind, Sample] = {
    MessageKind.BOOKING_CONFIRMATION: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "room_type": "Garden Twin", "check_in": "2025-03-14",
        "check_out": "2025-03-17", "check_out_time": "11:00", "total_amount": 5_400_000, "currency": "VND",
        "confirmation_number": "BK-25-0314", "special_requests": "Two single beds", **_STAY,
    },
    MessageKind.CHECKIN_INSTRUCTIONS: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "room_type": "Garden Twin", "check_in_date": "2025-03-14",
        "confirmation_number": "BK-25-0314", "parking_included": True, "breakfast_included": True, **_STAY,
    },
    MessageKind.APOLOGY: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "type": "noise", "room_number": "507",
        "description": "The works in the corridor began at 7 AM",
        "compensation_offered": {"type": "service", "value": "One dinner for two"},
    },
    MessageKind.PROMOTIONAL_OFFER: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "offer_title": "Spring by the river",
        "offer_description": "A night more, a boat trip and late breakfast", "discount_percent": 15,
        "room_type": "Garden Twin", "price": 1_530_000, "currency": "VND", "promo_code": "SPRING25",
        "valid_from": "2025-03-01", "valid_until": "2025-04-30", "terms": "Not on public holidays",
        "booking_url": "https://lotus-river.example.com/spring",
        "unsubscribe_url": "https://lotus-river.example.com/stop",
    },
    MessageKind.SERVICE_RECOMMENDATION: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "room_number": "507",
        "services": [
            {"name": "Herbal bath", "description": "An hour of quiet", "reason": "You asked for something restful",
             "price": 650_000, "currency": "VND", "opens": "09:00", "closes": "21:00", "location": "by the garden"},
            {"name": "Boat trip at dawn", "description": "Along the river with a local guide"},
        ],
    },
    MessageKind.REQUEST_RECEIVED: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "request": "Two more pillows", "room_number": "507",
        "department": "Housekeeping", "reference": "WO-1182", "expected_minutes": 20,
    },
    MessageKind.REQUEST_ON_THE_WAY: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "request": "Two more pillows", "room_number": "507",
        "staff_name": "Mai", "expected_minutes": 5,
    },
    MessageKind.REQUEST_DONE: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "request": "Two more pillows", "room_number": "507",
        "done_at": "19:40",
    },
    MessageKind.REQUEST_DELAYED: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "request": "Repair of the air conditioner",
        "room_number": "507", "reason": "A part has to be fetched", "expected_minutes": 90, "expected_time": "17:30",
    },
    MessageKind.REQUEST_DECLINED: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "request": "A room with a view of the sea",
        "room_number": "507", "reason": "All of them are taken", "alternative": "A corner room by the river",
    },
    MessageKind.LATE_CHECKOUT_GRANTED: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "room_number": "507", "check_out_date": "2025-03-17",
        "new_check_out_time": "15:00", "fee": 300_000, "currency": "VND",
    },
    MessageKind.LATE_CHECKOUT_REFUSED: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "room_number": "507", "check_out_date": "2025-03-17",
        "check_out_time": "11:00", "requested_time": "16:00", "reason": "The room is needed for the next guests",
    },
    MessageKind.LOST_AND_FOUND: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "item": "Black leather wallet", "status": "found",
        "room_number": "507", "found_location": "under the desk", "found_date": "2025-03-18",
        "keep_until": "2025-06-18", "reference": "LF-77",
    },
    MessageKind.PAYMENT_REMINDER: {
        "guest_name": "Emma Larsen", "guest_title": "ms", "amount_due": "212.50", "currency": "USD",
        "due_date": "2025-03-07", "confirmation_number": "BK-25-0314",
        "payment_methods": ["bank transfer", "card"], "payment_url": "https://lotus-river.example.com/pay",
    },
}  # fmt: skip
_VIETNAMESE_GUEST = {"guest_name": "Đặng Thu Hiền", "guest_title": "chi"}
_VIETNAMESE_TEXTS: Mapping[MessageKind, Sample] = {
    MessageKind.BOOKING_CONFIRMATION: {
        "room_type": "Phòng đôi hướng vườn", "special_requests": "Two single beds",
        "special_requests_translated": "Hai giường đơn",
    },
    MessageKind.CHECKIN_INSTRUCTIONS: {"room_type": "Phòng đôi hướng vườn"},
    MessageKind.APOLOGY: {
        "description": "Thợ thi công ở hành lang từ 7 giờ sáng",
        "compensation_offered": {"type": "service", "value": "Bữa tối dành cho hai người"},
    },
    MessageKind.PROMOTIONAL_OFFER: {
        "offer_title": "Mùa xuân bên sông",
        "offer_description": "Thêm một đêm nghỉ, một chuyến thuyền và bữa sáng muộn",
        "room_type": "Phòng đôi hướng vườn", "terms": "Không áp dụng vào ngày lễ",
    },
    MessageKind.SERVICE_RECOMMENDATION: {
        "services": [
            {"name": "Tắm thảo dược", "description": "Một giờ thư giãn", "reason": "Chị muốn nghỉ ngơi yên tĩnh",
             "price": 650_000, "currency": "VND", "opens": "09:00", "closes": "21:00", "location": "cạnh khu vườn"},
            {"name": "Đi thuyền lúc bình minh", "description": "Dọc sông cùng hướng dẫn viên địa phương"},
        ],
    },
    MessageKind.REQUEST_RECEIVED: {"request": "Thêm hai chiếc gối", "department": "Buồng phòng"},
    MessageKind.REQUEST_ON_THE_WAY: {"request": "Thêm hai chiếc gối"},
    MessageKind.REQUEST_DONE: {"request": "Thêm hai chiếc gối"},
    MessageKind.REQUEST_DELAYED: {"request": "Sửa điều hòa", "reason": "Đang chờ linh kiện"},
    MessageKind.REQUEST_DECLINED: {
        "request": "Phòng hướng biển", "reason": "Các phòng hướng biển đã kín", "alternative": "Phòng góc hướng sông",
    },
    MessageKind.LATE_CHECKOUT_REFUSED: {"reason": "Phòng đã có khách đặt tiếp theo"},
    MessageKind.LOST_AND_FOUND: {"item": "Ví da màu đen", "found_location": "dưới gầm bàn"},
    MessageKind.PAYMENT_REMINDER: {"payment_methods": ["chuyển khoản", "thẻ"]},
}  # fmt: skip

SAMPLES: Mapping[MessageLanguage, Mapping[MessageKind, Sample]] = {
    "en": _ENGLISH,
    "vi": {
        kind: {**sample, **_VIETNAMESE_GUEST, **_VIETNAMESE_TEXTS.get(kind, {})} for kind, sample in _ENGLISH.items()
    },
}
SAMPLE_PROFILE = HotelProfile.model_validate(
    {
        "name": "Lotus River Hotel",
        "phone": "+84 236 555 0140",
        "email": "hello@lotus-river.example.com",
        "website": "https://lotus-river.example.com",
        "address": ["27 Trần Phú", "Hải Châu", "Đà Nẵng"],
        "signature": {"en": "Guest Relations", "vi": "Bộ phận Chăm sóc Khách hàng"},
        "check_in_time": "14:00",
        "check_out_time": "12:00",
        "breakfast_from": "06:30",
        "breakfast_until": "10:00",
        "breakfast_place": {"en": "in the river restaurant", "vi": "tại nhà hàng bên sông"},
        "front_desk": {"en": "on the ground floor", "vi": "ở tầng trệt"},
        "floors_from_room_numbers": True,
        "luggage_storage": True,
    }
)
