"""A Raspberry Pi Pico W with Waveshare's Pico-LCD-1.3: a new picture at each press of button A."""

import gc
import time

import network
from machine import Pin
from pico_lcd_1_3 import LCD_1inch3  # Waveshare's demo file, saved under this name
from pixart_client import Client, PictureError

WIFI, PASSWORD = "name", "password"
SERVER = "http://192.168.1.20:8080"
PROMPT = "pixel art, a small castle at night, crisp pixels"
WIFI_SECONDS = 20


def connect() -> None:
    """Join the network. Raises OSError when that takes too long."""
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    wlan.connect(WIFI, PASSWORD)
    for _ in range(WIFI_SECONDS * 10):
        if wlan.isconnected():
            return
        time.sleep_ms(100)
    raise OSError(f"no Wi-Fi: {wlan.status()}")


def show(client: Client, lcd: LCD_1inch3) -> None:
    """Draw a picture onto the panel.

    The server sends RGB565 with the high byte first, as the ST7789 takes it, and that is also what Waveshare's buffer
    holds. So the bytes go in unchanged. If the panel shows a negative, turn LUMINANCE_INVERT over on the server:
    Waveshare's driver switches the panel's inversion on (command 0x21), so for it that has to be false.
    """
    gc.collect()
    try:
        client.picture(lcd.buffer, PROMPT, sampler_name="DPM++ 2M", steps=20, width=512, height=512)
    except (PictureError, OSError) as error:
        lcd.fill(0)
        for row, start in enumerate(range(0, min(len(str(error)), 28 * 20), 28)):  # 28 letters of 8 pixels a line
            lcd.text(str(error)[start : start + 28], 4, 4 + 10 * row, 0xFFFF)
    lcd.show()


def main() -> None:
    """Connect, then draw for ever."""
    lcd = LCD_1inch3()  # first: its 115200 bytes need memory in one piece
    connect()
    client, button = Client(SERVER), Pin(15, Pin.IN, Pin.PULL_UP)
    while True:
        show(client, lcd)
        while button.value():
            time.sleep_ms(20)


main()
